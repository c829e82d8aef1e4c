using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>Where a record stands with its sender. Spec: records.md §7.</summary>
internal enum RecordState
{
    /// <summary>It goes to the admins.</summary>
    Sending,

    /// <summary>An admin has promised to log it.</summary>
    Promised,

    /// <summary>Certified; it waits for the recovery key's word.</summary>
    Waiting,

    /// <summary>The registry shows it.</summary>
    InForce,

    /// <summary>Another record has taken its place, or the ID is nobody's any more.</summary>
    Overtaken,
}

/// <summary>What a sender of a record wants done, and what came about.</summary>
internal abstract record RecordEvent
{
    private RecordEvent() { }

    /// <summary>Ask the hub of this member, then call Answer(number): with nothing if there was none.</summary>
    public sealed record Fetch(long Number, Member Member, HubQuestion Question) : RecordEvent;

    /// <summary>A certificate that ends an epoch was verified: to be kept.</summary>
    public sealed record EpochEnded(byte[] Certificate) : RecordEvent;

    /// <summary>A header was verified: for the pin.</summary>
    public sealed record Verified(Header Header) : RecordEvent;

    /// <summary>The state has changed; the title as last seen, null before the first.</summary>
    public sealed record Moved(RecordState State, Title? Title) : RecordEvent;
}

/// <summary>
/// Brings one record into the registry: hands it to enough admins that one is in the next certificate, and asks for the
/// ID's proof until that shows it. The record is on disk before this machine is made, so after a crash it is made
/// again with the same bytes. Spec: records.md §5.
/// </summary>
internal sealed class RecordSender : IMachine<RecordEvent>
{
    private const uint ResendAfter = 2; // records.md §6: heights beyond the promised one before it is sent anew

    private readonly Genesis _genesis;
    private readonly Epochs _epochs;
    private Members _members;
    private readonly DeedRecord _record;
    private readonly TimeSpan _retry;
    private readonly Queue<RecordEvent> _events = new();
    private readonly Dictionary<long, (int Member, HubQuestion Question)> _asked = [];
    private readonly Dictionary<int, ulong> _promised = []; // covering heights, by member
    private Instant _next;
    private uint _height;
    private long _numbers;
    private int _turn;

    public RecordSender(Moment now, Genesis genesis, DeedRecord record, Epochs? epochs = null)
    {
        (_genesis, _epochs, _record, _next) = (genesis, epochs ?? Epochs.Of(genesis), record, now.Mono);
        _members = _epochs.Newest;
        _retry = TimeSpan.FromTicks(Math.Clamp(
            genesis.Clock.TickLength.Ticks / 8, TimeSpan.TicksPerSecond / 4, TimeSpan.TicksPerMinute));
    }

    public RecordState State { get; private set; }

    /// <summary>As last proved.</summary>
    public Title? Seen { get; private set; }

    private bool IsOver => State is RecordState.InForce or RecordState.Overtaken;

    public Instant NextWakeup => IsOver ? Instant.Never : _next;

    public void Tick(Moment now)
    {
        if (now.Mono < NextWakeup) return;
        _next = now.Mono + _retry;
        AskOnce(_turn++ % _members.Count, new HubQuestion.Ownership(_record.Id));
        if (State is RecordState.Waiting) return;
        var wanted = Submissions - _promised.Count;
        for (var i = 0; i < _members.Count && wanted > 0; i++)
        {
            var member = (_turn + i) % _members.Count;
            if (_promised.ContainsKey(member)) continue;
            AskOnce(member, new HubQuestion.Record(_record.Text));
            wanted--;
        }
    }

    public bool TryTake([NotNullWhen(true)] out RecordEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>The body of a good answer to Fetch(number); empty if there was none.</summary>
    public void Answer(Moment now, long number, ReadOnlySpan<byte> body)
    {
        if (!_asked.Remove(number, out var asked) || body.IsEmpty || IsOver) return;
        if (asked.Question is HubQuestion.Record) TakeReceipt(asked.Member, body);
        else if (asked.Question is HubQuestion.Epoch) TakeEpoch(body);
        else TakeProof(body);
    }

    private int Submissions => Math.Min(Math.Min(2 * _members.MaxFaulty + 1, Claimant.MaxSubmissions), _members.Count);

    private void TakeReceipt(int member, ReadOnlySpan<byte> body)
    {
        if (!Receipt.TryRead(body, out var receipt) || receipt.Genesis != _genesis.Hash || receipt.Admin != _members[member].Id
            || receipt.LeafHash != Sha256.Hash(_record.Text.AsSpan()) || !receipt.IsSignedBy(_members[member].Key)) return;
        _promised[member] = receipt.CoveringHeight;
        if (State is RecordState.Sending) Move(RecordState.Promised);
    }

    private void TakeProof(ReadOnlySpan<byte> body)
    {
        if (!OwnershipProof.TryRead(body, out var proof)) return;
        if (proof.Verify(_genesis.Hash, _epochs, _record.Id, out var header) is not null)
        {
            AskOnce(_turn % _members.Count, new HubQuestion.Epoch(_epochs.Changes + 1)); // other admins may sign by now
            return;
        }

        if (header.Height < _height) return;
        _events.Enqueue(new RecordEvent.Verified(header));
        (_height, Seen) = (header.Height, proof.Title);
        var title = proof.Title;
        if (title is not null && title.DeedHash == _record.TextHash) Move(RecordState.InForce);
        else if (title is null || !title.IsSomebodys || title.Record >= _record.Number) Move(RecordState.Overtaken);
        else if (title.ChangeHash == _record.TextHash) Move(RecordState.Waiting);
        else if (title.Record == _record.Number - 1 && title.DeedHash != _record.Previous) Move(RecordState.Overtaken);
        else if (_promised.Count > 0 && _promised.Values.Max() + ResendAfter < _height) _promised.Clear(); // broken, or refused by the fold
    }

    private void TakeEpoch(ReadOnlySpan<byte> body)
    {
        if (!_epochs.TryAdd(_genesis, body)) return;
        _events.Enqueue(new RecordEvent.EpochEnded(body.ToArray()));
        _promised.Clear(); // by place: they are asked again, and answer the same
        _asked.Clear();
        _members = _epochs.Newest;
        AskOnce(_turn % _members.Count, new HubQuestion.Epoch(_epochs.Changes + 1)); // until there is none
    }

    private void Move(RecordState state)
    {
        if (State == state) return;
        State = state;
        _events.Enqueue(new RecordEvent.Moved(state, Seen));
    }

    private void AskOnce(int member, HubQuestion question)
    {
        foreach (var (other, asked) in _asked.Values)
            if (asked.GetType() == question.GetType() && (question is HubQuestion.Ownership or HubQuestion.Epoch || other == member)) return;
        _asked.Add(++_numbers, (member, question));
        _events.Enqueue(new RecordEvent.Fetch(_numbers, _members[member], question));
    }
}
