using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// The admins as certified logs make them: votes that add, retire and re-key, and convictions that freeze. Part of the
/// fold: the same leaves give the same members at everyone. Spec: membership.md §5.
/// </summary>
internal sealed class Roster
{
    public const uint VoteWindow = 28; // membership.md §6: heights
    public const int MaxOpen = 8; // membership.md §6: changes that one admin may have opened

    private readonly Bytes32 _genesis;
    private readonly SortedDictionary<RoutingId, RoutingTick> _frozen = []; // since the height of this tick
    private readonly SortedDictionary<Bytes32, OpenChange> _open = [];
    private readonly SortedDictionary<RoutingId, FraudProof> _convicted = []; // at the height that is being folded

    public Roster(Genesis genesis)
        : this(genesis.Hash, genesis.Founders, 1)
    {
    }

    /// <summary>As of the height before an epoch's, or within it: the rest follows by <see cref="TryTakeRow"/>.</summary>
    public Roster(in Bytes32 genesis, Members members, uint since) => (_genesis, Members, Since) = (genesis, members, since);

    /// <summary>The members of the next height.</summary>
    public Members Members { get; private set; }

    /// <summary>The first height of their epoch.</summary>
    public uint Since { get; private set; }

    /// <summary>Convicted: its log stands still, and it hands out no tickets.</summary>
    public bool IsFrozen(RoutingId admin) => _frozen.ContainsKey(admin);

    public IReadOnlyCollection<RoutingId> Frozen => _frozen.Keys;

    /// <summary>Tickets of a timestamp that was born before the conviction are their holders', who did nothing wrong.</summary>
    public bool MayIssue(RoutingId admin, RoutingTick timestamp) => !_frozen.TryGetValue(admin, out var since) || timestamp <= since;

    /// <summary>Changes that are voted on, in the order in which they would be made.</summary>
    public IEnumerable<OpenChange> Open => _open.Values.OrderBy(open => open.Opened).ThenBy(open => open.Change.Hash);

    /// <summary>A vote in a member's log.</summary>
    public RegistryEvent? TakeVote(uint height, RoutingId voter, ReadOnlySpan<byte> leaf)
    {
        if (!MemberVote.TryRead(leaf, out var vote) || vote.Genesis != _genesis || Members.PlaceOf(voter) < 0) return null;
        var hash = vote.Change.Hash;
        if (!_open.TryGetValue(hash, out var open))
        {
            if (!vote.Yes || !vote.Change.IsPossible(_genesis, Members)
                || _open.Values.Count(other => other.Opener == voter) >= MaxOpen) return null;
            _open.Add(hash, open = new(vote.Change, height, voter));
        }

        if (vote.Yes) open.Yes.Add(voter);
        else open.Yes.Remove(voter);
        return new RegistryEvent.Voted(voter, hash, vote.Yes);
    }

    /// <summary>Evidence in any log: whoever it convicts is frozen from the next height on.</summary>
    public RegistryEvent? TakeEvidence(ReadOnlySpan<byte> leaf)
    {
        if (!FraudProof.TryRead(leaf, out var proof) || Members.PlaceOf(proof.Admin) < 0 || _frozen.ContainsKey(proof.Admin)
            || _convicted.ContainsKey(proof.Admin) || proof.Verify(_genesis, Epochs.Only(Since, Members)) is not null) return null;
        _convicted.Add(proof.Admin, proof);
        return new RegistryEvent.Convicted(proof.Admin, proof.Kind);
    }

    /// <summary>The end of a height: convictions take effect, votes lapse, at most one change is made.</summary>
    public RegistryEvent? Close(uint height, RoutingTick tick)
    {
        foreach (var admin in _convicted.Keys)
        {
            _frozen.Add(admin, tick);
            foreach (var open in _open.Values) open.Yes.Remove(admin);
        }

        _convicted.Clear();
        foreach (var (hash, open) in _open.ToArray())
            if (open.Opened + VoteWindow <= height) _open.Remove(hash);
        if (Open.FirstOrDefault(open => open.Yes.Count >= Members.Quorum) is not { } won) return null;
        _open.Remove(won.Change.Hash);
        var before = Members;
        (Members, Since) = (won.Change.ApplyTo(Members, height), height + 1);
        // Retired or with another key: what was shown of the old one is done with.
        if (won.Change.Kind is not ChangeKind.Add) _frozen.Remove(won.Change.Admin);
        foreach (var (hash, open) in _open.ToArray())
        {
            open.Yes.RemoveWhere(admin => Members.PlaceOf(admin) < 0);
            if (!open.Change.IsPossible(_genesis, Members)) _open.Remove(hash);
        }

        return new RegistryEvent.MembersChanged(won.Change, before.Count, Members.Count);
    }

    /// <summary>Of what <see cref="WriteRow"/> writes.</summary>
    public int RowSize => 4 + _frozen.Count * (RoutingId.Size + RoutingTick.TextLength) + 4
        + _open.Values.Sum(open => 4 + RoutingId.Size + 2 + open.Change.Text.Length + 4 + open.Yes.Count * RoutingId.Size);

    /// <summary>For a store: what the members do not tell. The layout is with <see cref="Registry"/>'s rows.</summary>
    public void WriteRow(ref SpanWriter writer)
    {
        writer.WriteU32((uint)_frozen.Count);
        foreach (var (admin, since) in _frozen)
        {
            admin.CopyTo(writer.Take(RoutingId.Size));
            since.CopyTo(writer.Take(RoutingTick.TextLength));
        }

        writer.WriteU32((uint)_open.Count);
        foreach (var open in _open.Values)
        {
            writer.WriteU32(open.Opened);
            open.Opener.CopyTo(writer.Take(RoutingId.Size));
            writer.WriteBlob16(System.Text.Encoding.ASCII.GetBytes(open.Change.Text));
            writer.WriteU32((uint)open.Yes.Count);
            foreach (var admin in open.Yes) admin.CopyTo(writer.Take(RoutingId.Size));
        }
    }

    public bool TryTakeRow(ref SpanReader reader)
    {
        if (!reader.TryReadU32(out var count)) return false;
        for (; count > 0; count--)
        {
            if (!TryTakeId(ref reader, out var admin) || !reader.TryTake(RoutingTick.TextLength, out var label)
                || !RoutingTick.TryParse(label, out var since) || !_frozen.TryAdd(admin, since)) return false;
        }

        if (!reader.TryReadU32(out count)) return false;
        for (; count > 0; count--)
        {
            if (!reader.TryReadU32(out var opened) || !TryTakeId(ref reader, out var opener) || !reader.TryTakeBlob16(out var text)
                || !reader.TryReadU32(out var yes)) return false;
            var lines = new LineReader(text);
            if (!MemberChange.TryTake(ref lines, out var change)) return false;
            var open = new OpenChange(change, opened, opener);
            for (; yes > 0; yes--)
            {
                if (!TryTakeId(ref reader, out var admin)) return false;
                open.Yes.Add(admin);
            }

            if (!_open.TryAdd(change.Hash, open)) return false;
        }

        return true;
    }

    private static bool TryTakeId(ref SpanReader reader, out RoutingId id)
    {
        id = default;
        return reader.TryTake(RoutingId.Size, out var name) && RoutingId.TryRead(name, out id);
    }

    public int PendingSize => 4 + _frozen.Count * (RoutingId.Size + RoutingTick.TextLength) + 4 + _open.Values.Sum(open => Bytes32.Size + 4 + 4 + open.Yes.Count * RoutingId.Size);

    /// <summary>Its part of H(pending).</summary>
    public void WritePending(ref SpanWriter writer)
    {
        writer.WriteU32((uint)_frozen.Count);
        foreach (var (admin, since) in _frozen)
        {
            admin.CopyTo(writer.Take(RoutingId.Size));
            since.CopyTo(writer.Take(RoutingTick.TextLength));
        }

        writer.WriteU32((uint)_open.Count);
        foreach (var (hash, open) in _open)
        {
            writer.Write(hash);
            writer.WriteU32(open.Opened);
            writer.WriteU32((uint)open.Yes.Count);
            foreach (var admin in open.Yes) admin.CopyTo(writer.Take(RoutingId.Size));
        }
    }
}

/// <summary>A change that is voted on.</summary>
internal sealed class OpenChange(MemberChange change, uint opened, RoutingId opener)
{
    public MemberChange Change => change;

    /// <summary>The height of its first vote.</summary>
    public uint Opened => opened;

    public RoutingId Opener => opener;

    /// <summary>Who is for it.</summary>
    public SortedSet<RoutingId> Yes { get; } = [];
}
