"""What Grafana and Prometheus are given, as code: `python -m grafana.source` compiles it.

A module of this package takes part by a function ``compiled``, which gives the text of each file that it compiles to,
by the file's path under ``grafana/``.
"""
