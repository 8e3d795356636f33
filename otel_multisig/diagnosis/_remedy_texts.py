"""The words of the remedies, for people to read and to change: title, meaning, then what to do, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SHARED", "TEXTS"]

SHARED: Final[Mapping[str, str]] = {
    "hold the port": """\
Give each set-up its wallet servers for itself: take a lock on the port before create_wallet or open_wallet, and give
it back after the last exchange and its check. A lock around creation alone is too short.""",
    "all clients": """\
Let every client of the port take the same lock: other workers, monitors, balance checks, scripts. In several
processes that is a lock in a database or a file, not one in memory.""",
    "check the address": """\
Remember the address after create_wallet and compare it with get_address before each step until make_multisig; after
the first exchange compare the addresses of all roles.""",
    "start anew": """\
Start the set-up anew with wallets of names never used before: a set-up in which one wallet was wrong cannot be
repaired. Keep the old files until it is certain that nothing was paid to them.""",
}
"""Steps that several remedies have, by the name under which these refer to them."""

TEXTS: Final[Mapping[FaultType, str]] = {
    FaultType.CACHE_POLLUTION: """
wallet was multisig before round 1

The wallet that was open on the port was a multisig wallet already when the set-up began: one left from an earlier
attempt, or another escrow's. prepare_multisig and make_multisig take plain wallets only.

- Do not retry on this wallet: it stays multisig. Do not delete it either, before it is known whose it is: it may hold
  funds.
- Create a wallet of a new name for each attempt, with the number of the attempt in it; never open what an attempt
  that was given up left behind.
- Check the wallet's state before round 1: is_multisig must be false, and get_address must be the address of the
  wallet just created. Refuse to start otherwise.
- Purge what the server holds by closing it: close_wallet when a set-up ends or is given up, and a restart of the
  server where that fails.
- {hold the port}
- Longer waits between operations (10 s, 15 s) only hide it: the server keeps its wallet open until it is told
  otherwise, and no time makes a multisig wallet plain again.
""",
    FaultType.WALLET_SWAPPED: """
wallet swapped under the set-up

One monero-wallet-rpc has one wallet open. Another client of the port opened, created or closed a wallet between this
set-up's open and its use, and the calls after that went to the wrong wallet, or to none.

- {start anew}
- {hold the port}
- {all clients}
- Better still, run a wallet server for each set-up, on a port of its own: then there is nothing to share. A pool
  hands out whole servers, not wallets.
- {check the address}
- Waiting before each call does not help: it gives the others more time to swap.
""",
    FaultType.STALE_WALLET_AFTER_FAILED_OPEN: """
failed open, the old wallet answered

open_wallet failed, and the server kept the wallet that was open before. The calls that followed succeeded, on the
wrong wallet.

- Treat an open_wallet or create_wallet that fails as the end of the set-up: make no further call.
- Look why it failed: a wrong name or password, a wallet held by another process, or files that were not saved
  together (see unsaved_close).
- Close the wallet that is open first, with autosave_current true; then a failed open leaves none open, and the next
  call fails at once with -13 and not silently.
- {check the address}
- {start anew}
""",
    FaultType.EXPERIMENTAL_FLAG_LOST: """
multisig switched off in the wallet

prepare_multisig switched multisig on in the open wallet, which was then closed and opened again, or was not the
wallet that make_multisig met. The flag was gone; only the next exchange asks for it.

- Keep the wallet open from prepare_multisig to the last exchange; do not close or reopen it in between, and hold the
  lock on its port for as long.
- Give enable_multisig_experimental: true to prepare_multisig of every role in every set-up.
- Where a wallet was reopened after prepare_multisig, call prepare_multisig again with the flag before make_multisig.
  The infos handed out before still hold.
- For a wallet that is multisig already: run `set enable-multisig-experimental 1` on its file in monero-wallet-cli,
  with no server holding it.
- {start anew}
""",
    FaultType.ALREADY_FINALIZED: """
one exchange too many

exchange_multisig_keys was called on a wallet that had all of its rounds behind it: a call too many, or the port held
another, finished wallet.

- Compare the wallet's address with those of the other roles. Where all are equal the wallet is ready: take it, the
  set-up has succeeded.
- Count rounds by what the wallets say: for M of N there are N - M + 1 exchanges, and is_multisig says ready: true
  when there is none left. Ask it before each exchange.
- After a lost answer ask is_multisig first, and call again only where the round is still open.
- Where the address is another one, the port holds another wallet: see wallet_swapped.
""",
    FaultType.NOT_FINALIZED: """
wallet used before its last exchange

The wallet was used (asked to sign, to export, or as the finished wallet of the escrow) while an exchange was still
missing. Its address until then is a placeholder, of the form ...11111...

- Do not show or fund the placeholder address: nothing paid to it can ever be spent.
- Make the exchange that is missing, at the role that lacks it, with the outputs of the last round of the other roles.
- Use a wallet only after is_multisig said ready: true at every role and all addresses are equal.
- Count rounds by what the wallets say, not by calls made: a failed call that was swallowed leaves one wallet a round
  behind.
""",
    FaultType.MIXED_SESSION_INPUTS: """
inputs of another session

A wallet was fed multisig infos that do not come from the same round of the same wallets: of another escrow, of an
earlier attempt, or of a wallet that was swapped in the meantime.

- {start anew}
- Keep the infos of one attempt together, under the set-up's id and the round, and drop them when it is given up;
  never under the escrow's id or the role alone.
- Log the SHA-256 of each info that goes in and comes out (the trace has them as {output hash} and
  {input hash}): an input that no role of this set-up put out in the round before is foreign.
- Check before each call that there are exactly N - 1 infos, all different and none the wallet's own; validate their
  length and content.
- {hold the port}
""",
    FaultType.WRONG_ROUND: """
inputs of another round

The wallet expected the messages of one round and was given those of another, or of several: a retry with old infos,
or roles that were not at the same round.

- Let all roles end a round before any begins the next.
- Feed an exchange the outputs of the round just before, of this attempt, and replace the infos of a role only when
  its call has answered.
- After a lost answer ask is_multisig and look at the address before calling again: the wallet may be a round further
  than the client knows.
- Start the set-up anew where an answer was lost: an output that nobody has cannot be asked for again.
""",
    FaultType.STATE_DIVERGENCE: """
final addresses differ

After the last round one wallet has another address than the others: they are not parts of one shared wallet. Every
call may have succeeded.

- Do not fund any of these addresses, and give none out.
- Find the role that differs: where every input comes from this set-up's own wallets, its wallet was another one; else
  its infos were.
- Compare all addresses after the last exchange, always, and let the set-up fail where one differs: no error will
  tell.
- Sort the infos by role before make_multisig, validate their length and content, and log the SHA-256 of the inputs:
  then it can be seen whose were mixed up.
- {start anew}
- {hold the port}
""",
    FaultType.SERVER_UNREACHABLE: """
wallet server down

The wallet server took no connection, or took it and answered nobody any more: not started, crashed, stopped, or bound
elsewhere.

- See whether the process runs and listens on the port, and read the end of its log.
- Start it again under a supervisor (systemd, a container) that restarts it and says why it ended.
- Start the set-up anew: a server that was restarted has no wallet open, and what it had not stored is lost.
- Ask get_version of every server before a set-up begins, with a time-out of a second or two, and do not begin without
  all of them.
- A longer time-out does not help: a dead server answers no later.
""",
    FaultType.TIMEOUT: """
no answer in time

The server was alive but did not answer this call before the client gave up. A wallet server handles one request at a
time: the call may have waited for another, and may still be done after the client has left.

- Do not simply call again: the call may have taken effect. Ask is_multisig and get_address first.
- See what kept the server: an open_wallet or refresh of another client on the same port, a daemon that does not
  answer, a machine short of CPU.
- Give each set-up servers of its own, and keep refresh and monitors off them while it runs.
- Run servers of set-ups with --offline and --rpc-ssl disabled on the local host: making a key for TLS costs seconds
  at each start, and a daemon that is away holds up calls.
- A longer time-out is right only where --rpc-only shows calls that are always this slow.
""",
    FaultType.LOST_ANSWER_RETRY: """
retried after a lost answer

A call was done on the server but its answer never reached the client, which called again; the wallet had changed by
then, and the second call was refused.

- Start the set-up anew: the info that was lost cannot be had again.
- Do not retry prepare_multisig, make_multisig and exchange_multisig_keys blindly: they change the wallet. After an
  error of the connection ask is_multisig, then decide.
- Retry freely only where the connection was refused: then nothing was done.
- Let the client wait for longer than the server may need, and record each attempt as a call of its own: a retry
  inside the client hides what happened.
- Do not take it for cache pollution: the wallet was plain before round 1, and no purge helps.
""",
    FaultType.UNSAVED_CLOSE: """
closed without saving

After an exchange the wallet was closed without being saved. Its keys file is new, its cache is old, and
monero-wallet-rpc refuses to open the pair.

- Move the cache (the file without .keys) aside and open the wallet again: the server makes it anew from the keys.
  Keep the copy.
- Give close_wallet the parameter autosave_current: true. Without any parameters it saves nothing.
- Call store after each exchange.
- Stop servers with SIGTERM or stop_wallet and let them end; never with SIGKILL.
- Copy or restore wallet files in pairs, and only while no server holds them.
""",
    FaultType.POOL_EXHAUSTED: """
no wallet server free

The set-up asked the pool for a wallet server and got none in time: more set-ups at once than servers, or servers that
were never given back.

- See who holds the servers: {active}, and set-ups that are stalled or were interrupted.
- Give servers back in a finally or a with, also where a set-up fails, and take back those of set-ups that have been
  silent for too long.
- Admit only as many set-ups at once as there are servers for all of their roles, and let the others queue before they
  hold anything: two that each hold one and wait for the next block each other.
- Add servers: three for each set-up that is to run at the same time.
- A longer wait for the pool only moves the error, unless servers do come free.
""",
    FaultType.LOCK_CONTENTION: """
blocked by a lock

The set-up waited for a lock that another one held, and failed or ran out of time over it.

- Find who held it: the record of the other set-up has {lock released} with its hold duration.
- Lock a port, not everything: one lock for all wallets makes set-ups queue that do not touch each other.
- Take the locks of all roles in one order (by port), so that two set-ups cannot wait for each other.
- Move what takes long and needs no lock out of it: fixed sleeps, copies of files, calls to other services. Never
  sleep while holding a lock.
- Do not drop the lock to gain speed: without it wallets are swapped. More servers are what makes it faster.
""",
    FaultType.RACE: """
set-ups raced on shared ports

Several set-ups, or two workers of one, used the same wallet servers at the same time without a lock, and one was
harmed by it. The record shows that they met, but no single swap.

- {start anew}
- Hold one lock on the ports, from wallet creation to the last exchange. One global lock around wallet creation alone
  is not enough: the next set-up opens its wallet under the rounds of this one.
- {all clients}
- Or have no ports to share: a wallet pool with RPC instances of its own for each set-up.
- Let one worker at a time work on an escrow: take a lock on the escrow id, or a job queue that hands out each escrow
  once.
- Locks on the files do not help: the server holds the file, and its clients race for the server.
- Run one set-up alone, then three at once, and compare: what fails only together is this.
""",
    FaultType.STALLED: """
stalled

The set-up made no progress any more and nothing failed: it waits for a call, a lock, a person, or its process is
gone.

- Look at the last thing in its record: an open call names the server to look at, a lock its holder, a closed round
  the step of the application that never came.
- Ask that server for get_version with a short time-out: no answer means that it hangs.
- Give every call a time-out and the set-up a deadline, and end it when that passes, so that its ports and locks come
  free.
- Alert on {stalled time}, at well under an hour.
""",
    FaultType.UNKNOWN: """
error that no rule explains

The set-up failed with an error that no rule explains. Its text stands in the verdict.

- Read the error and the event before it; most often it names what it could not do.
- Compare with a set-up that came through: the first divergence that matters stands first.
- Record more: snapshots at all points, the open_wallet and create_wallet calls, the locks, and every client of the
  port.
- Look into the server's own log of that minute (--log-level 1, --log-file).
""",
}
"""For each fault its title, what it means, and the steps."""
