"""What looks at set-ups while they run: recorders.

`rules` diagnoses them; `configuration` is `configure` as programs have it, which starts that.
"""
