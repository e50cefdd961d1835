"""Input that means harm, or that chance has made.

`bombs` is a catalogue of small inputs that would cost much, `measure` what each costs in a process
of its own, and `test_bombs` holds both to the promise. `targets` has a function for each reader
that raises what a reader must not, `mutate` makes input for it from the files in ``corpus``, and
`test_targets` runs it for a moment, ``make fuzz`` for as long as you like.
"""
