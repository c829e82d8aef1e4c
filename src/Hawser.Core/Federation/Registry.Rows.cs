using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The registry as rows: written height by height as they change, and read back whole. Spec: federation.md §4.8.</summary>
/// <remarks><code>
/// claim | c (4) | sealed form: u16 length | deed: u16 length, empty until it is revealed | SHA-256 of all before |
/// rest  | height (4) | windows: count (4), { timestamp (3), birth (4) } | in their grace: count (4), { ID (10), since (4) } |
///       | records that wait: count (4), u16 length each | frozen: count (4), { admin (10), since (3) } |
///       | open changes: count (4), { opened (4), opener (10), text: u16 length, for it: count (4), admin (10) each } | SHA-256 of all before |
/// </code></remarks>
internal sealed partial class Registry
{
    private HashSet<RoutingId>? _changed; // titles; null where nobody wants to know
    private HashSet<Bytes32>? _changedClaims;

    /// <summary>From now on it notes what changes; all that there is has changed, unless it is in the store already.</summary>
    public void NoteChanges(bool stored)
    {
        (_changed, _changedClaims) = ([], []);
        if (stored) return;
        foreach (var title in _state.All) _changed.Add(title.Id);
        foreach (var claim in _claims.Keys) _changedClaims.Add(claim);
    }

    public RegistryRows? TakeChanges()
    {
        if (_changed is null || _changedClaims is null) return null;
        var titles = new List<(RoutingId, byte[], byte[]?)>(_changed.Count);
        foreach (var id in _changed.Order())
            if (_state.TryFind(id, out var title)) titles.Add((id, title.Write(), _deeds.TryGet(id, out var text) ? text : null));
        var claims = _changedClaims.Order().Select(claim => (claim, _claims.TryGetValue(claim, out var found) ? RowOf(found) : null)).ToArray();
        _changed.Clear();
        _changedClaims.Clear();
        return new(Height, titles, claims, WriteRest());
    }

    /// <summary>Reads all rows back. Null if they do not add up to what was certified.</summary>
    /// <param name="genesis">The federation.</param>
    /// <param name="rows">All rows of one height, in their order.</param>
    /// <param name="certificate">Of that height.</param>
    /// <param name="epochs">Who the admins were, up to the height after it.</param>
    /// <param name="workers">As of the constructor.</param>
    public static Registry? Restore(Genesis genesis, RegistryRows rows, TickCertificate certificate, Epochs epochs, IWorkers? workers = null)
    {
        var registry = new Registry(genesis, workers, new(genesis.Hash, epochs.Newest, epochs.NewestFrom));
        var header = certificate.Header;
        if (rows.Height != header.Height || !registry.TakeRows(rows, header, epochs)) return null;
        registry.Current = new(registry._state.Root, registry.PendingHash());
        return registry.Current.StateRoot == header.StateRoot && registry.Current.PendingHash == certificate.Rest.Pending
            && registry._roster.Members.Hash == certificate.Rest.Members ? registry : null;
    }

    private bool TakeRows(RegistryRows rows, in Header header, Epochs epochs)
    {
        (Height, _tick) = (header.Height, header.Tick);
        foreach (var (id, bytes, text) in rows.Titles)
        {
            var reader = new SpanReader(bytes);
            if (!Title.TryRead(ref reader, out var title) || !reader.AtEnd || title.Id != id
                || (text is null ? title.IsSomebodys : Sha256.Hash(text.AsSpan()) != title.DeedHash)) return false;
            _state.Set(Shared(title));
            if (text is not null) _deeds.Set(id, text);
        }

        if (!TakeRest(rows.Rest, epochs)) return false;
        foreach (var (identity, row) in rows.Claims)
            if (row is not null && !TakeClaim(identity, row)) return false;
        foreach (var (id, contest) in _contests) _winners[id] = FirstOf(contest) is [var only] ? only.TextHash : default;
        foreach (var title in _state.All)
            if (title.Status == TitleStatus.Final && !_ranOut.ContainsKey(title.Id)) Expires(title.Expiry, title.Id);
        return true;
    }

    private void Put(Title title)
    {
        _state.Set(title);
        _changed?.Add(title.Id);
    }

    private static byte[] RowOf(ClaimInFlight claim)
    {
        var deed = claim.Deed?.Text ?? [];
        var bytes = new byte[4 + 2 + claim.Sealed.Text.Length + 2 + deed.Length + Bytes32.Size];
        var writer = new SpanWriter(bytes);
        writer.WriteU32(claim.Certified);
        writer.WriteBlob16(claim.Sealed.Text);
        writer.WriteBlob16(deed);
        writer.Write(Sha256.Hash(bytes.AsSpan(..writer.Written)));
        return bytes;
    }

    private bool TakeClaim(in Bytes32 identity, byte[] row)
    {
        if (!IsWhole(row, out var content)) return false;
        var reader = new SpanReader(content);
        Deed? deed = null;
        if (!reader.TryReadU32(out var certified) || !reader.TryTakeBlob16(out var text) || !SealedClaim.TryRead(text, out var claim)
            || claim.Identity != identity || !reader.TryTakeBlob16(out var opened) || !reader.AtEnd || _claims.ContainsKey(identity)
            || opened.Length > 0 && !Deed.TryRead(opened, out deed) || !_windows.TryGetValue(claim.Timestamp, out var window)) return false;
        window.Count(claim.Ticket.Issuer);
        _sealKeys.Add(claim.SealKey);
        var inFlight = new ClaimInFlight(claim, certified) { Deed = deed };
        Keep(identity, inFlight);
        if (deed is null) return true;
        if (!_contests.TryGetValue(deed.Id, out var contest)) _contests.Add(deed.Id, contest = []);
        contest.Add(inFlight);
        return true;
    }

    private byte[] WriteRest()
    {
        const int window = RoutingTick.TextLength + 4, grace = RoutingId.Size + 4;
        var bytes = new byte[4 + 4 + _windows.Count * window + 4 + _ranOut.Count * grace + 4 + _waiting.Values.Sum(record => 2 + record.Text.Length) + _roster.RowSize + Bytes32.Size];
        var writer = new SpanWriter(bytes);
        writer.WriteU32(Height);
        writer.WriteU32((uint)_windows.Count);
        foreach (var (timestamp, open) in _windows)
        {
            timestamp.CopyTo(writer.Take(RoutingTick.TextLength));
            writer.WriteU32(open.Born);
        }

        writer.WriteU32((uint)_ranOut.Count);
        foreach (var (id, since) in _ranOut)
        {
            id.CopyTo(writer.Take(RoutingId.Size));
            writer.WriteU32(since);
        }

        writer.WriteU32((uint)_waiting.Count);
        foreach (var record in _waiting.Values) writer.WriteBlob16(record.Text);
        _roster.WriteRow(ref writer);
        writer.Write(Sha256.Hash(bytes.AsSpan(..writer.Written)));
        return bytes;
    }

    private bool TakeRest(ReadOnlySpan<byte> bytes, Epochs epochs)
    {
        if (!IsWhole(bytes, out var content)) return false;
        var reader = new SpanReader(content);
        if (!reader.TryReadU32(out var height) || height != Height || !reader.TryReadU32(out var count)) return false;
        for (; count > 0; count--)
        {
            if (!reader.TryTake(RoutingTick.TextLength, out var label) || !RoutingTick.TryParse(label, out var timestamp)
                || !reader.TryReadU32(out var born) || epochs.At(born) is not { } issuers || !_windows.TryAdd(timestamp, new(timestamp, born, issuers))) return false;
        }

        if (!reader.TryReadU32(out count)) return false;
        for (; count > 0; count--)
        {
            if (!reader.TryTake(RoutingId.Size, out var name) || !RoutingId.TryRead(name, out var id) || !reader.TryReadU32(out var since)
                || !_ranOut.TryAdd(id, since)) return false;
        }

        if (!reader.TryReadU32(out count)) return false;
        for (; count > 0; count--)
        {
            if (!reader.TryTakeBlob16(out var text) || !DeedRecord.TryRead(text, out var record)
                || !_state.TryFind(record.Id, out var title) || title.ChangeHash != record.TextHash || !_waiting.TryAdd(record.Id, record)) return false;
        }

        return _roster.TryTakeRow(ref reader) && reader.AtEnd;
    }

    private static bool IsWhole(ReadOnlySpan<byte> row, out ReadOnlySpan<byte> content)
    {
        content = row.Length < Bytes32.Size ? default : row[..^Bytes32.Size];
        return row.Length >= Bytes32.Size && Sha256.Hash(content) == Bytes32.Read(row[^Bytes32.Size..]);
    }
}
