using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Messages in, messages out: what is held of this height.</summary>
internal sealed partial class Agreement
{
    private const int MaxRoundsAhead = 64; // federation.md §6
    private const int MaxKnown = 256;

    private readonly Dictionary<MessageDrop, long> _dropped = [];
    private readonly Dictionary<(MessageKind Kind, uint Round), AgreementMessage> _own = [];
    private readonly SortedDictionary<Slot, List<AgreementMessage>> _held = [];
    private readonly HashSet<Bytes32> _checked = []; // hashes of messages whose signature held
    private readonly Dictionary<Bytes32, AgreedValue> _values = [];
    private readonly Dictionary<Bytes32, bool> _votable = []; // whether a value shows by itself that nobody may vote for it
    private readonly Dictionary<(MessageKind Kind, uint Round, RoutingId Signer), AgreementMessage> _before = []; // of the height before
    private readonly SortedDictionary<int, long> _seenIn = []; // the highest round that a member was seen in
    private readonly Dictionary<Bytes32, uint> _known = []; // batches of this height of which nothing was dropped, with their sender's height
    private Instant _gossipDue;

    /// <summary>
    /// Takes a batch from anyone. True if it can be read; the sender's height then tells whether it needs a certificate.
    /// </summary>
    public bool Receive(Moment now, ReadOnlySpan<byte> bytes, out uint senderHeight)
    {
        // Gossip repeats itself for most of a tick. What was taken whole says nothing new.
        var hash = Crypto.Sha256.Hash(bytes);
        if (_known.TryGetValue(hash, out senderHeight)) return true;

        if (!VoteBatch.TryRead(bytes, out var batch))
        {
            Drop(MessageDrop.Malformed);
            return false;
        }

        senderHeight = batch.Height;
        var (later, dropped) = (false, _dropped.Values.Sum());
        foreach (var message in batch.Messages) later |= Take(message);
        if (later) _events.Enqueue(new AgreementEvent.CertificateWanted(Height));
        if (!later && _dropped.Values.Sum() == dropped && _known.Count < MaxKnown) _known[hash] = senderHeight;
        Progress(now);
        return true;
    }

    /// <summary>True if the message, properly signed, belongs to a later height.</summary>
    private bool Take(byte[] bytes)
    {
        if (!AgreementMessage.TryRead(bytes, _genesis.Hash, out var message)) return Drop(MessageDrop.Malformed);
        if (message.Height < Height)
        {
            LookBack(message);
            return Drop(MessageDrop.OtherHeight);
        }

        var signer = _members.PlaceOf(message.Signer);
        if (signer < 0) return Drop(MessageDrop.Stranger);
        if (_held.TryGetValue(new(message.Kind, message.Round, signer), out var same) &&
            same.Exists(m => m.Bytes.AsSpan().SequenceEqual(bytes))) return false;
        if (!IsSigned(message, signer)) return Drop(MessageDrop.Forged);
        if (message.Height > Height)
        {
            Drop(MessageDrop.OtherHeight);
            return true;
        }

        Keep(message, signer);
        return false;
    }

    // A liar's second version may come when the height is done.
    private void LookBack(AgreementMessage message)
    {
        if (message.Height + 1 != Height || !_before.TryGetValue((message.Kind, message.Round, message.Signer), out var first)
            || first.Bytes.AsSpan().SequenceEqual(message.Bytes) || Witness.HasAccused(message.Signer)
            || _members.PlaceOf(message.Signer) is not (var place and >= 0) || !IsSigned(message, place)) return;
        Witness.TakeTwo(first, message);
    }

    private bool IsSigned(AgreementMessage message, int signer)
    {
        var hash = Crypto.Sha256.Hash(message.Bytes.AsSpan());
        if (_checked.Contains(hash)) return true;
        if (!message.IsSignedBy(_genesis.Hash, _members[signer].Key, _check)) return false;
        _checked.Add(hash);
        return true;
    }

    private void Keep(AgreementMessage message, int signer)
    {
        if (message.Kind is MessageKind.Prevote or MessageKind.Precommit)
            _seenIn[signer] = Math.Max(_seenIn.GetValueOrDefault(signer, -1), message.Round);
        if (message.Kind is MessageKind.Propose && ProposerOf(message.Round) != signer ||
            message.Round > _round + MaxRoundsAhead && signer != _me)
        {
            Drop(MessageDrop.TooMany);
            return;
        }

        var key = new Slot(message.Kind, message.Round, signer);
        if (!_held.TryGetValue(key, out var same)) _held.Add(key, same = []);
        if (same.Exists(m => m.Bytes.AsSpan().SequenceEqual(message.Bytes))) return;
        if (same.Count == 1)
        {
            _events.Enqueue(new AgreementEvent.DoubleMessage(same[0], message));
            Witness.TakeTwo(same[0], message);
        }

        // Of a liar two versions are evidence; a third counts only if an honest member may have built on it.
        if (same.Count >= 2 && Backers(message) < _members.Witness)
        {
            Drop(MessageDrop.TooMany);
            return;
        }

        same.Add(message);
        if (message.Kind is MessageKind.Head)
        {
            Witness.TakeHead(message);
            WantLeaves(signer, message.Head);
            return;
        }

        if (message.Kind is MessageKind.Propose) Learn(message.Value, message);
        else if (_votable.TryGetValue(message.Id, out var votable) && !votable && _values.TryGetValue(message.Id, out var value))
            Witness.TakeVote(message, value.Bytes);
    }

    /// <summary>How many members voted for what this message proposes, votes for or attests.</summary>
    private int Backers(AgreementMessage message) => Enumerable.Range(0, _members.Count).Count(member => _held.Any(
        h => h.Key.Signer == member && h.Key.Kind is not (MessageKind.Head or MessageKind.Propose) &&
             h.Value.Exists(m => m.Id == message.Id)));

    private AgreedValue? Learn(byte[] bytes, AgreementMessage? from = null)
    {
        if (!AgreedValue.TryRead(bytes, out var value))
        {
            if (from is not null) Witness.TakeVote(from, bytes);
            return null;
        }

        if (_values.TryAdd(value.Id, value) && !(_votable[value.Id] = IsVotable(value)))
        {
            foreach (var vote in _held.Values.SelectMany(same => same))
                if (vote.Kind is MessageKind.Propose or MessageKind.Prevote or MessageKind.Precommit && vote.Id == value.Id) Witness.TakeVote(vote, bytes);
        }

        return value;
    }

    // As a stranger would judge it who has the vote and the value alone: fraud.md §5.
    private bool IsVotable(AgreedValue value)
    {
        if (value.Genesis != _genesis.Hash || value.Height != Height || value.Vector.Count != _members.Count
            || value.Heads.Count < _members.Quorum) return false;
        foreach (var head in value.Heads)
        {
            var place = _members.PlaceOf(head.Signer);
            if (place < 0 || !IsSigned(head, place) || value.Vector[place] != head.Head) return false;
        }

        return true;
    }

    /// <summary>Every message of this height that I hold, mine and others', to everyone: line 28.</summary>
    private void Gossip(Moment now)
    {
        _gossipDue = now.Mono + _base;
        if (_key is null && _certificate is null) _events.Enqueue(new AgreementEvent.CertificateWanted(Height)); // nobody tells a stranger
        if (_key is not null) SendToAll([.. _held.Values.SelectMany(same => same).Select(m => m.Bytes)]);
        foreach (var ((kind, _, signer), same) in _held)
            if (kind is MessageKind.Head) same.ForEach(m => WantLeaves(signer, m.Head));
        foreach (var value in _values.Values) WantLeaves(value);
        if (_certificate is not null) WantLeaves(_certificate.Value);
    }

    private void SendToAll(IReadOnlyList<byte[]> messages)
    {
        if (messages.Count == 0) return;
        var batch = new VoteBatch(Height, messages).Write();
        for (var member = 0; member < _members.Count; member++)
            if (member != _me) _events.Enqueue(new AgreementEvent.Send(_members[member], batch));
    }

    private void WantLeaves(AgreedValue value)
    {
        foreach (var head in value.Heads)
            if (_members.PlaceOf(head.Signer) is var place and >= 0) WantLeaves(place, head.Head);
    }

    private void WantLeaves(int member, in LogHead head)
    {
        if (_leaves.Check(_members[member].Id, head) is HoldState.Missing)
            _events.Enqueue(new AgreementEvent.LeavesWanted(_members[member].Id, head));
    }

    private bool Drop(MessageDrop reason)
    {
        _dropped[reason] = _dropped.GetValueOrDefault(reason) + 1;
        return false;
    }

    /// <summary>Members that said this of a round; of two that contradict each other both count.</summary>
    private int Count(MessageKind kind, long round, in Bytes32 id)
    {
        var count = 0;
        for (var member = 0; member < _members.Count; member++)
        {
            if (!_held.TryGetValue(new(kind, (uint)round, member), out var same)) continue;
            foreach (var message in same)
            {
                if (message.Id != id) continue;
                count++;
                break;
            }
        }

        return count;
    }

    /// <summary>Members that said anything of a round.</summary>
    private int CountAny(MessageKind kind, long round)
    {
        var count = 0;
        for (var member = 0; member < _members.Count; member++)
            if (_held.ContainsKey(new(kind, (uint)round, member))) count++;
        return count;
    }

    /// <summary>Whose message of which kind and round. It compares itself, as a tuple would box its parts at each step of a search.</summary>
    private readonly record struct Slot(MessageKind Kind, uint Round, int Signer) : IComparable<Slot>
    {
        public int CompareTo(Slot other) =>
            Kind != other.Kind ? (int)Kind - (int)other.Kind : Round != other.Round ? Round.CompareTo(other.Round) : Signer - other.Signer;
    }

    private int ProposerOf(long round) => (int)((Height + round) % _members.Count);
}
