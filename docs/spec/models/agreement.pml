/*
 * One height of the agreement of federation.md §5, for Spin: four admins, one of them hostile, rounds 0 to LAST.
 *
 * The hostile admin is not a process. Whatever it can do to an honest one is a choice that the honest one makes here:
 *   - its votes count for every value at once, so Q = 3 votes are HONEST_Q = 2 honest ones;
 *   - proposals are what anybody likes, told differently to everybody: who proposes does not matter for safety;
 *   - clocks and delays are arbitrary: every timer may run out as soon as its rule allows it to be set.
 * A crash loses all but the vote store. Rule 6 has that written before a vote is sent, and what is written is sent again: what
 * others can see of a crash is a delay, and delays are arbitrary here. So writing and sending are one step.
 *
 * Must hold: no two members decide differently.
 * Mutants that must be caught, so that the model is known to see: NO_LOCK (rule 12 without its locks), AMNESIA (a vote store
 * that a crash loses), LOW_QUORUM (Q - 1). REACHABLE asserts that nothing is ever decided: that must fail too.
 *
 *   spin -a agreement.pml && cc -O2 -DSAFETY -o pan pan.c && ./pan -m100000
 */
#ifndef LAST
#define LAST 2
#endif
#ifdef LOW_QUORUM
#define HONEST_Q 1
#else
#define HONEST_Q 2
#endif
#define HONEST 3
#define A 0
#define B 1
#define NIL 2
#define NEVER 255

byte prevotes[9]   /* round * 3 + value: how many honest members sent it */
byte precommits[9]

#define quorum(votes, r, v) (votes[(r) * 3 + v] >= HONEST_Q)
#define quorumOfAny(votes, r) (votes[(r) * 3 + A] + votes[(r) * 3 + B] + votes[(r) * 3 + NIL] >= HONEST_Q)
#define seenIn(r) (prevotes[(r) * 3 + A] + prevotes[(r) * 3 + B] + prevotes[(r) * 3 + NIL] > 0)
#define decided(v) (quorum(precommits, 0, v) || quorum(precommits, 1, v) || quorum(precommits, 2, v)) /* rule 15: of any round */

/* The values differ in name only: let the first that is voted for be A. */
#define isNamed(v) (v == A || prevotes[A] + prevotes[3 + A] + prevotes[6 + A] > 0)

#ifdef NO_LOCK
#define mayFresh(v) isNamed(v)
#define mayAgain(v, vr) true
#else
#define mayFresh(v) (isNamed(v) && (lockedRound == NEVER || lockedValue == v))
#define mayAgain(v, vr) (lockedRound == NEVER || lockedRound <= vr || lockedValue == v)
#endif

mtype = { Propose, Prevote, Precommit }

/* Who has forgotten what it sent may send another version; the same one again changes nothing. */
#ifdef AMNESIA
#define send(votes, sent, v) if :: sent[round] & (1 << v) -> skip :: else -> sent[round] = sent[round] | (1 << v); votes[round * 3 + v]++ fi
#else
#define send(votes, sent, v) votes[round * 3 + v]++
#endif

inline prevote(v) {
    send(prevotes, prevotesSent, v);
    step = Prevote
}

inline precommit(v) {
    send(precommits, precommitsSent, v);
    step = Precommit;
    assert(!(decided(A) && decided(B)));
#ifdef REACHABLE
    assert(!decided(A));
#endif
}

proctype Member() {
    /* all of this is the vote store */
    byte round = 0;
    byte lockedRound = NEVER;
    byte lockedValue = NIL;
    mtype step = Propose;
#ifdef AMNESIA
    byte prevotesSent[3];
    byte precommitsSent[3];
#endif

end:
    do
    /* rule 12: a timeout, a fresh proposal, or one with a valid round before this one */
    :: d_step { step == Propose -> prevote(NIL) }
    :: d_step { step == Propose && mayFresh(A) -> prevote(A) }
    :: d_step { step == Propose && mayFresh(B) -> prevote(B) }
    :: d_step { step == Propose && round > 0 && quorum(prevotes, 0, A) && mayAgain(A, 0) -> prevote(A) }
    :: d_step { step == Propose && round > 0 && quorum(prevotes, 0, B) && mayAgain(B, 0) -> prevote(B) }
    :: d_step { step == Propose && round > 1 && quorum(prevotes, 1, A) && mayAgain(A, 1) -> prevote(A) }
    :: d_step { step == Propose && round > 1 && quorum(prevotes, 1, B) && mayAgain(B, 1) -> prevote(B) }

    /* rule 13 */
    :: d_step { step == Prevote && quorum(prevotes, round, A) -> lockedRound = round; lockedValue = A; precommit(A) }
    :: d_step { step == Prevote && quorum(prevotes, round, B) -> lockedRound = round; lockedValue = B; precommit(B) }
    :: d_step { step == Prevote && quorumOfAny(prevotes, round) -> precommit(NIL) }

    /* rule 14, and rule 8: one honest member in a later round is enough, with the hostile one */
    :: d_step { step == Precommit && round < LAST && quorumOfAny(precommits, round) -> round++; step = Propose }
    :: d_step { round < 1 && LAST >= 1 && seenIn(1) -> round = 1; step = Propose }
    :: d_step { round < 2 && LAST >= 2 && seenIn(2) -> round = 2; step = Propose }

#ifdef AMNESIA
    :: d_step { round > 0 || step != Propose -> round = 0; lockedRound = NEVER; lockedValue = NIL; step = Propose }
#endif
    od
}

init {
    atomic { run Member(); run Member(); run Member() }
}
