using System.Globalization;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tlog;

namespace Hawser.Net.Hubs;

/// <summary>
/// Certificates and tiles of a federation, from a hub's URL or from a folder that has the same paths. What a URL gave can be
/// kept in such a folder. Spec: audit.md §4.
/// </summary>
internal sealed class PublishedFiles(string where, string? saveTo, HubClient http, CancellationToken cancel) : IPublished
{
    private readonly bool _remote = where.StartsWith("http://", StringComparison.Ordinal) || where.StartsWith("https://", StringComparison.Ordinal);
    private readonly Dictionary<RoutingId, (long Index, EntryBundle Bundle)> _open = []; // the last bundle of each log

    private readonly SortedDictionary<(RoutingId Log, string From), long> _elsewhere = []; // entries that the place does not keep

    public long Bytes { get; private set; }

    /// <summary>Other hubs of the federation, to be asked for entries that the place keeps no more.</summary>
    public IReadOnlyList<string> Others { get; set; } = [];

    /// <summary>What was read there: sentences.</summary>
    public IReadOnlyList<string> Elsewhere =>
        [.. _elsewhere.Select(read => string.Create(CultureInfo.InvariantCulture, $"{read.Value} entries of the log of {read.Key.Log}, at {read.Key.From}"))];

    /// <summary>What the place says of the records that it keeps; null if it says nothing, or nobody of these admins signed it.</summary>
    public RecordsKept? Kept(Epochs epochs) => Read(HubPaths.Records) is { } text && RecordsKept.TryRead(text, out var kept)
        && epochs.KeysOf(kept.Admin).Any(key => kept.IsSignedBy(key)) ? kept : null;

    /// <summary>The genesis that the place names.</summary>
    public byte[]? Federation() => Read(HubPaths.Federation);

    public byte[]? Certificate(uint height) => Read(HubPaths.CertificateAt(height));

    /// <summary>A tile of hashes, to be compared with what the entries hash to.</summary>
    public byte[]? Hashes(RoutingId admin, Tile tile) => Read(HubPaths.TileOf(admin, tile));

    public IReadOnlyList<byte[]>? Leaves(Member member, ulong from, ulong size)
    {
        var leaves = new List<byte[]>();
        for (var index = (long)from; index < (long)size;)
        {
            var number = index / Tile.FullWidth;
            if (BundleOf(member, number, (long)size) is not { } bundle) return null;
            var end = Math.Min((long)size, number * Tile.FullWidth + bundle.Entries.Count);
            if (end <= index) return null;
            for (; index < end; index++) leaves.Add(bundle.Entries[(int)(index % Tile.FullWidth)]);
        }

        return leaves;
    }

    // The widest that is there serves all narrower ones: a full tile is asked for first, as nobody keeps partial ones for ever.
    private EntryBundle? BundleOf(Member member, long number, long size)
    {
        var admin = member.Id;
        var wanted = Tile.At(Tile.Entries, number, size);
        if (_open.TryGetValue(admin, out var open) && open.Index == number && open.Bundle.Entries.Count >= wanted.Width) return open.Bundle;
        var full = new Tile(Tile.Entries, number, Tile.FullWidth);
        var bytes = Read(HubPaths.TileOf(admin, full)) ?? (wanted.IsFull ? null : Read(HubPaths.TileOf(admin, wanted))) ?? Widest(admin, wanted)
            ?? ReadElsewhere(member, full);
        if (bytes is null || !EntryBundle.TryRead(bytes, out var bundle) || bundle.Entries.Count < wanted.Width) return null;
        if (open.Bundle is { } before && open.Index == number && before.Entries.Zip(bundle.Entries).Any(pair => !pair.First.AsSpan().SequenceEqual(pair.Second)))
            throw new HawserException(Reason.VerificationFailed, $"two tiles of the log of {admin} do not agree about its leaves from {number * Tile.FullWidth} on",
                "keep the files (--save), and ask other admins what they have");
        _open[admin] = (number, bundle);
        return bundle;
    }

    // A saved folder may have the newest partial tile only.
    private byte[]? Widest(RoutingId admin, Tile wanted)
    {
        if (_remote) return null;
        for (var width = Tile.FullWidth - 1; width > wanted.Width; width--)
            if (Read(HubPaths.TileOf(admin, wanted with { Width = width })) is { } bytes) return bytes;
        return null;
    }

    // A hub may keep its records in part. The log's own hub has all of it; what anybody gives is checked all the same.
    private byte[]? ReadElsewhere(Member member, Tile tile)
    {
        if (!_remote) return null;
        foreach (var url in Others.Prepend(member.Url).Distinct().Where(url => url != where.TrimEnd('/')))
        {
            try
            {
                if (http.GetAsync(url, HubPaths.TileOf(member.Id, tile), cancel).GetAwaiter().GetResult() is not { } bytes) continue;
                _elsewhere[(member.Id, url)] = _elsewhere.GetValueOrDefault((member.Id, url)) + Tile.FullWidth;
                Bytes += bytes.Length;
                if (saveTo is not null) Save(HubPaths.TileOf(member.Id, tile), bytes);
                return bytes;
            }
            catch (HawserException)
            {
                // The next one.
            }
        }

        return null;
    }

    private byte[]? Read(string path)
    {
        var bytes = _remote ? http.GetAsync(where.TrimEnd('/'), path, cancel).GetAwaiter().GetResult() : ReadFile(path);
        Bytes += bytes?.Length ?? 0;
        if (bytes is not null && saveTo is not null) Save(path, bytes);
        return bytes;
    }

    private byte[]? ReadFile(string path)
    {
        try
        {
            var file = Path.Join(where, path);
            return File.Exists(file) ? File.ReadAllBytes(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{where}{path} cannot be read", "see that it is yours", e);
        }
    }

    private void Save(string path, byte[] bytes)
    {
        try
        {
            var file = Path.Join(saveTo, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{saveTo}{path} cannot be written", "give another place with --save", e);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{where}, {Bytes} bytes");
}
