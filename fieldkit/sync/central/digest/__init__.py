"""What every stored session says, kept beside the records, so that lists and pages fold nothing.

    said        one session, folded with what head office said about it → what is kept of it
    force       what the digest was made with: its own version, the trust list, the programs in force
    kept        writing it: of a session who did what, and the sums that it belongs to
    learnt      pre-work and reinforcement: what each person answered of every set
    parked      questions that wait for an expert, and where their answers stand
    cells       who led how many sessions of what, when and where
    shown       the sums of groups that pages show, as they came out
    standings   of a person where they stand in every program in force
    tallies     how many stand how, and have which part
    work        `catch_up`: whatever changed is read again, a few sessions and people at a time
    keeping     the same in the background of `central serve`
    people, parts, sums, lists  what pages and lists ask
    period      the sessions of some days, as a report counts them
    whose       which sessions somebody is in, or may be in
    met         of whom of these there is a page

Everything here is derived: its tables (`schema.DIGEST`) may be thrown away, and are made again from the logs. What
changes what a session says marks it in the same transaction (`tx_marks`); what is read of one mark is written only if
that mark still stands, and under the same list and programs, so any number of processes may catch up at once and each
may be killed at any moment.
"""

VERSION = 5
"""Of what is kept. Another number, and every session is read again and everybody looked at."""
