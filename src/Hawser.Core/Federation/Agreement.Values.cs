using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What may be voted for, and what follows from a decision: lines 10 to 13 and 25 to 27.</summary>
internal sealed partial class Agreement
{
    private (AgreedValue Value, Header Header, HeaderRest Behind, CertifiedLeaves Leaves)? _decided;
    private TickCertificate? _certificate;

    /// <summary>Takes a certificate, from anyone. True if it is the one of this height.</summary>
    public bool Accept(Moment now, TickCertificate certificate)
    {
        var useful = certificate.Header.Height == Height && _certificate is null && certificate.Rest.Previous == _previous &&
            certificate.IsValid(_genesis, _members, _check);
        if (!useful) return false;
        _certificate = certificate;
        WantLeaves(certificate.Value);
        Progress(now);
        return true;
    }

    /// <summary>valid(V), line 13: Refused is for ever, Missing until the leaves are here.</summary>
    private HoldState Judge(AgreedValue value)
    {
        if (value.Genesis != _genesis.Hash || value.Height != Height || value.Previous != _previous ||
            value.Vector.Count != _members.Count || value.Heads.Count < _members.Quorum) return HoldState.Refused;
        var result = HoldState.Held;
        var expected = _vector.ToArray();
        foreach (var head in value.Heads)
        {
            var member = _members.PlaceOf(head.Signer);
            if (member < 0 || !IsSigned(head, member) || _frozen.Contains(head.Signer)) return HoldState.Refused;
            expected[member] = head.Head;
            var held = Extends(head, member);
            if (held is HoldState.Refused) return held;
            if (held is HoldState.Missing) result = held;
        }

        return value.Vector.SequenceEqual(expected) ? result : HoldState.Refused;
    }

    /// <summary>Line 12 for one head: its claim of the tick is possible, and its log continues the certified one.</summary>
    private HoldState Extends(AgreementMessage head, int member)
    {
        if (head.Tick <= _lastTick) return HoldState.Refused;
        var certified = _vector[member];
        if (head.Head.Size < certified.Size || head.Head.Size - certified.Size > _genesis.MaxLeaves ||
            head.Head.Size == certified.Size && head.Head != certified) return HoldState.Refused;
        return head.Head == certified ? HoldState.Held : _leaves.Check(head.Signer, head.Head);
    }

    /// <summary>Line 25: what a quorum precommitted is folded, and what came of it attested.</summary>
    private void Decide()
    {
        if (_decided is not null || _certificate is not null) return;
        foreach (var ((kind, round, _), same) in _held)
        {
            if (kind is not MessageKind.Precommit) continue;
            foreach (var vote in same)
            {
                if (vote.Id.IsZero || Count(MessageKind.Precommit, round, vote.Id) < _members.Quorum ||
                    !_values.TryGetValue(vote.Id, out var value) || Judge(value) is not HoldState.Held) continue;
                var decided = Fold(value);
                Say(0, MessageKind.Attest, () => AgreementMessage.MakeAttest(decided, _members[_me].Id, _key!));
                return;
            }
        }
    }

    private Header Fold(AgreedValue value)
    {
        var logs = new List<NewLeaves>();
        foreach (var head in value.Heads)
        {
            var member = _members.PlaceOf(head.Signer);
            var certified = _vector[member];
            if (head.Head == certified) continue;
            logs.Add(new(head.Signer, certified.Size, _leaves.Leaves(head.Signer, head.Head)));
        }

        var leaves = new CertifiedLeaves(Height, value.Tick, logs);
        var result = _fold.Fold(leaves);
        var rest = new HeaderRest(_previous, value.VectorHash, _fold.Roster.Members.Hash, result.PendingHash, _genesis.Rules);
        var header = new Header(_genesis.Hash, Height, value.Tick, result.StateRoot, rest.Hash);
        _decided = (value, header, rest, leaves);
        return header;
    }

    /// <summary>Line 26: a quorum of equal attestations, or a certificate that came from elsewhere.</summary>
    private void Finish(Moment now)
    {
        var certificate = _certificate ?? Attested();
        if (certificate is null) return;
        if (_decided is null)
        {
            if (Judge(certificate.Value) is not HoldState.Held) return;
            Fold(certificate.Value);
        }

        var (_, header, _, leaves) = _decided!.Value;
        if (header != certificate.Header)
        {
            State = AgreementState.Halted;
            _events.Enqueue(new AgreementEvent.FoldDiffers(Height, header.StateRoot, certificate.Header.StateRoot));
            return;
        }

        _events.Enqueue(new AgreementEvent.Certified(certificate, leaves));
        (_previous, _lastTick) = (header.Hash, header.Tick);
        _leaves.Advance(_members, certificate.Value.Vector);
        foreach (var member in _members.All)
            if (_fold.Roster.Members.All.FirstOrDefault(m => m.Id == member.Id)?.Key != member.Key) Witness.Forget(member.Id);
        Height++;
        Begin(now);
        Close(now);
    }

    private TickCertificate? Attested()
    {
        if (_decided is not var (value, header, rest, _)) return null;
        var attestations = new List<Attestation>();
        var id = header.Hash;
        for (var member = 0; member < _members.Count; member++)
        {
            if (_held.TryGetValue(new(MessageKind.Attest, 0, member), out var same) && same.Find(m => m.Id == id) is { } attest)
                attestations.Add(new(attest.Signer, Bytes64.Read(attest.Signature)));
        }

        return attestations.Count < _members.Quorum ? null : new()
        {
            Header = header, Rest = rest, Value = value, Attestations = attestations,
            Next = rest.Members == _members.Hash ? null : _fold.Roster.Members,
        };
    }
}
