using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Closing the log, rounds, votes and locks: lines 14 to 24.</summary>
internal sealed partial class Agreement
{
    private AgreementStep _step;
    private long _round;
    private long _lockedRound, _validRound;
    private AgreedValue? _locked, _valid;
    private Instant _closeDue, _startDue, _patientUntil, _proposeDue, _prevoteDue, _precommitDue;
    private bool _startArmed, _prevoteArmed, _precommitArmed;

    /// <summary>Begins a height, or takes it up where a crash left it.</summary>
    private void Begin(Moment now)
    {
        _own.Clear();
        _before.Clear();
        foreach (var (key, same) in _held) _before.Add((key.Kind, key.Round, _members[key.Signer].Id), same[0]);
        _held.Clear();
        _checked.Clear();
        _known.Clear();
        _values.Clear();
        _votable.Clear();
        _members = _fold.Roster.Members;
        _vector = [.. _members.All.Select(member => _leaves.Certified(member.Id))];
        _frozen = [.. _fold.Roster.Frozen]; // as of this height, also when its fold has been decided
        FindMe();
        _seenIn.Clear();
        _unsaved.RemoveAll(m => m.Message.Height < Height);
        (_step, _round, _lockedRound, _validRound, _locked, _valid) = (AgreementStep.Head, -1, -1, -1, null, null);
        (_startArmed, _decided, _certificate) = (false, null, null);
        (_startDue, _patientUntil, _proposeDue) = (Instant.Never, Instant.Never, Instant.Never);
        Disarm();
        if (_restored is { } record && record.Height <= Height)
        {
            _restored = null;
            if (record.Height == Height) TakeUp(now, record);
        }

        ScheduleClose(now);
    }

    private void TakeUp(Moment now, VoteRecord record)
    {
        (_step, _round) = (record.Step, record.Round);
        (_lockedRound, _validRound) = (record.LockedRound, record.ValidRound);
        if (_lockedRound >= 0) _locked = Learn(record.Locked);
        if (_validRound >= 0) _valid = Learn(record.Valid);
        if (_key is null) return;
        foreach (var bytes in record.Own)
        {
            if (!AgreementMessage.TryRead(bytes, _genesis.Hash, out var message)) continue;
            _own.TryAdd((message.Kind, message.Round), message);
            Keep(message, _me); // it was on disk, so it may have been seen: the same bytes again
        }

        if (_step is AgreementStep.Propose) _proposeDue = now.Mono + 2 * Timeout(_round);
        _gossipDue = now.Mono;
    }

    /// <summary>Whatever has become possible happens.</summary>
    private void Progress(Moment now)
    {
        if (State is AgreementState.Agreeing)
        {
            Close(now);
            Start(now);
            do
            {
                Propose(now);
                Prevote(now);
                Precommit(now);
            }
            while (NextRound(now));
            Decide();
            Finish(now);
        }

        Save();
    }

    /// <summary>Line 14: my log of this height ends by my clock, or when so many others' did that one is honest.</summary>
    private void Close(Moment now)
    {
        if (now.Mono >= _closeDue) ScheduleClose(now);
        if (_own.ContainsKey((MessageKind.Head, 0))) return;
        var ended = LastEnded(now);
        if (_key is null) return;
        var others = _held.Keys.Count(k => k.Kind is MessageKind.Head && k.Signer != _me);
        if (ended <= _lastTick.Number && others < _members.Witness) return;
        if (!RoutingTick.TryFromNumber(Math.Max(ended, _lastTick.Number + 1), out var tick)) return; // after 2046
        Say(0, MessageKind.Head, () => AgreementMessage.MakeHead(
            _genesis.Hash, Height, _members[_me].Id, _key!, tick, _leaves.Own));
    }

    private int LastEnded(Moment now) => _genesis.Clock.TryAt(now.Utc, out var tick) ? tick.Number - 1 : -1;

    private void ScheduleClose(Moment now)
    {
        _closeDue = now.Mono + ClockCheck;
        if (!_lastTick.TryAdd(2, out var after)) return;
        var wait = _genesis.Clock.StartOf(after) - now.Utc;
        if (wait > TimeSpan.Zero && wait < ClockCheck) _closeDue = now.Mono + wait + TimeSpan.FromMicroseconds(1);
    }

    /// <summary>Line 16: enough heads, or so many members ahead that one of them is honest.</summary>
    private void Start(Moment now)
    {
        if (_step is AgreementStep.Head)
        {
            var wanted = _members.All.Count(member => !_frozen.Contains(member.Id));
            var heads = _held.Keys.Count(k => k.Kind is MessageKind.Head && !_frozen.Contains(_members[k.Signer].Id));
            if (heads >= _members.Quorum && !_startArmed) (_startArmed, _startDue) = (true, now.Mono + _base);
            if (heads >= wanted && heads >= _members.Quorum || _startArmed && now.Mono >= _startDue) StartRound(now, 0);
        }

        var ahead = RoundOfWitnesses();
        if (ahead > _round) StartRound(now, ahead);
    }

    /// <summary>The highest round that at least W members have reached.</summary>
    private long RoundOfWitnesses() =>
        _seenIn.Values.OrderDescending().Skip(_members.Witness - 1).DefaultIfEmpty(-1).First();

    private void StartRound(Moment now, long round)
    {
        (_round, _step, _startDue) = (round, AgreementStep.Propose, Instant.Never);
        _proposeDue = now.Mono + 2 * Timeout(round);
        _patientUntil = now.Mono + Timeout(round);
        Disarm();
    }

    private void Disarm()
    {
        (_prevoteDue, _precommitDue) = (Instant.Never, Instant.Never);
        (_prevoteArmed, _precommitArmed) = (false, false);
    }

    /// <summary>Line 18. For leaves on their way it waits half of the time that others wait for the proposal.</summary>
    private void Propose(Moment now)
    {
        if (now.Mono >= _patientUntil) _patientUntil = Instant.Never;
        if (_step is not AgreementStep.Propose || ProposerOf(_round) != _me ||
            _own.ContainsKey((MessageKind.Propose, (uint)_round))) return;
        var value = _valid ?? FreshValue(patient: _patientUntil != Instant.Never);
        if (value is null) return;
        var validRound = _valid is null ? -1 : _validRound;
        Say((uint)_round, MessageKind.Propose, () => AgreementMessage.MakePropose(
            _genesis.Hash, Height, _members[_me].Id, _key!, (uint)_round, validRound, value.Bytes));
    }

    private AgreedValue? FreshValue(bool patient)
    {
        var vector = _vector.ToArray();
        var heads = new List<AgreementMessage>();
        for (var member = 0; member < _members.Count; member++)
        {
            if (_frozen.Contains(_members[member].Id) || !_held.TryGetValue(new(MessageKind.Head, 0, member), out var same)) continue;
            var head = same.Find(m => Extends(m, member) is HoldState.Held);
            if (head is null && patient && same.Exists(m => Extends(m, member) is HoldState.Missing)) return null;
            if (head is null) continue;
            heads.Add(head);
            vector[member] = head.Head;
        }

        return heads.Count < _members.Quorum ? null : AgreedValue.Of(_genesis.Hash, Height, _previous, heads, vector);
    }

    /// <summary>Lines 19 to 21.</summary>
    private void Prevote(Moment now)
    {
        if (_step is not AgreementStep.Propose) return;
        var known = _held.TryGetValue(new(MessageKind.Propose, (uint)_round, ProposerOf(_round)), out var proposals);
        if (known && Answer(proposals![0]) is { } id)
        {
            Vote(MessageKind.Prevote, AgreementStep.Prevote, id);
        }
        else if (now.Mono >= _proposeDue)
        {
            Vote(MessageKind.Prevote, AgreementStep.Prevote, default);
        }
    }

    /// <summary>What to prevote on a proposal; null as long as that is open.</summary>
    private Bytes32? Answer(AgreementMessage proposal)
    {
        if (!_values.TryGetValue(proposal.Id, out var value)) return default(Bytes32); // not a value
        if (proposal.ValidRound >= _round) return default(Bytes32);
        if (proposal.ValidRound >= 0 && Count(MessageKind.Prevote, proposal.ValidRound, value.Id) < _members.Quorum) return null;
        var held = Judge(value);
        if (held is HoldState.Missing) return null;
        var free = proposal.ValidRound < 0 ? _lockedRound < 0 : _lockedRound <= proposal.ValidRound;
        if (!_rules.HasFlag(AgreementRules.Locks)) free = true;
        return held is HoldState.Held && (free || _locked?.Id == value.Id) ? value.Id : default(Bytes32);
    }

    /// <summary>Lines 22 and 23.</summary>
    private void Precommit(Moment now)
    {
        if (_step is not (AgreementStep.Prevote or AgreementStep.Precommit)) return;
        foreach (var value in _values.Values)
        {
            if (Count(MessageKind.Prevote, _round, value.Id) < _members.Quorum || Judge(value) is not HoldState.Held) continue;
            if (_validRound < _round) (_valid, _validRound, _dirty) = (value, _round, true);
            if (_step is not AgreementStep.Prevote) continue;
            (_locked, _lockedRound) = (value, _round);
            Vote(MessageKind.Precommit, AgreementStep.Precommit, value.Id);
        }

        if (_step is not AgreementStep.Prevote) return;
        if (Count(MessageKind.Prevote, _round, default) >= _members.Quorum)
        {
            Vote(MessageKind.Precommit, AgreementStep.Precommit, default);
            return;
        }

        if (!_prevoteArmed && CountAny(MessageKind.Prevote, _round) >= _members.Quorum)
            (_prevoteArmed, _prevoteDue) = (true, now.Mono + Timeout(_round));
        if (now.Mono >= _prevoteDue) Vote(MessageKind.Precommit, AgreementStep.Precommit, default);
    }

    /// <summary>Line 24, and the jump of line 16.</summary>
    private bool NextRound(Moment now)
    {
        if (_round < 0) return false;
        if (!_precommitArmed && CountAny(MessageKind.Precommit, _round) >= _members.Quorum)
            (_precommitArmed, _precommitDue) = (true, now.Mono + Timeout(_round));
        if (now.Mono < _precommitDue) return false;
        StartRound(now, _round + 1);
        return true;
    }

    private void Vote(MessageKind kind, AgreementStep step, Bytes32 id)
    {
        _step = step;
        (_patientUntil, _proposeDue) = (Instant.Never, Instant.Never);
        if (step is AgreementStep.Precommit) _prevoteDue = Instant.Never;
        Say((uint)_round, kind, () => AgreementMessage.MakeVote(
            _genesis.Hash, kind, Height, _members[_me].Id, _key!, (uint)_round, id));
    }
}
