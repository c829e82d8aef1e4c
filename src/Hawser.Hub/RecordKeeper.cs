using System.Globalization;
using Hawser.Federation;
using Hawser.Hub.Store;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Tlog;

namespace Hawser.Hub;

/// <summary>
/// Records kept in part: of other admins' logs it forgets the entries that every claim window has passed, a tile at a time,
/// once so many admins that keep all have shown them that an honest one is among these. A hub that is to keep all again
/// takes them back from whoever has them. Spec: federation.md §4.8.
/// </summary>
internal sealed class RecordKeeper : IAsyncDisposable
{
    private readonly Genesis _genesis;
    private readonly HubStore _store;
    private readonly AdminHost _admin;
    private readonly HubOptions _options;
    private readonly HubClient _http = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private volatile string? _waits;

    public RecordKeeper(Genesis genesis, HubStore store, AdminHost admin, HubOptions options)
    {
        (_genesis, _store, _admin, _options) = (genesis, store, admin, options);
        _running = options.KeepsAll && store.ForgottenFrom().Count == 0 ? Task.CompletedTask : Task.Run(RunAsync);
    }

    /// <summary>Why entries are kept that could be forgotten, or not yet there that should be; null if nothing waits.</summary>
    public string? Waits => _waits;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var cancel = _stopping.Token;
        for (var height = 1u; !cancel.IsCancellationRequested;)
        {
            try
            {
                height = (await _admin.WaitForAsync(height, cancel).ConfigureAwait(false)).Header.Height + 1;
                if (!_options.KeepsAll) await ForgetAsync(cancel).ConfigureAwait(false);
                else if (await RefillAsync(cancel).ConfigureAwait(false)) return;
            }
            catch (HawserException e) when (e.Reason is Reason.DiskFull)
            {
                _waits = e.Message;
            }
        }
    }

    private async Task ForgetAsync(CancellationToken cancel)
    {
        // Claims are opened, and shares put together, from leaves of these last heights.
        var recent = _genesis.ClaimWindow + _genesis.RevealWindow + 1;
        if (_admin.Me is not { } me || _store.RegistryHeight() is not (var kept and > 0) || kept <= recent) return;
        var reach = kept - recent;
        if (_admin.Epochs.At(reach) is not { } members || _store.Certificate(reach) is not { } file
            || !TickCertificate.TryRead(file, members, out var certificate)) return;
        List<Member>? full = null;
        for (var place = 0; place < members.Count; place++)
        {
            var log = members[place].Id;
            if (log == me.Id) continue;
            for (var tile = _store.ForgottenTiles(log); (ulong)((tile + 1) * Tile.FullWidth) <= certificate.Value.Vector[place].Size; tile++)
            {
                full ??= await KeepersAsync(me, cancel).ConfigureAwait(false);
                var leaves = _store.Leaves(log, checked((ulong)(tile * Tile.FullWidth)), Tile.FullWidth);
                if (leaves.Count != Tile.FullWidth || !await IsShownAsync(full, log, tile, leaves, cancel).ConfigureAwait(false)) return;
                _store.ForgetTile(log, tile, leaves);
                _options.Log.TileForgotten(tile, log.ToString());
            }
        }

        _waits = null;
    }

    /// <summary>Admins that say they keep all. I have said that I do not before I asked: two that change at once see each other.</summary>
    private async Task<List<Member>> KeepersAsync(Member me, CancellationToken cancel)
    {
        List<Member> full = [];
        foreach (var member in _admin.Members.All.Where(member => member.Id != me.Id))
            if (await ReadAsync(member, HubPaths.Records, cancel).ConfigureAwait(false) is { } text && RecordsKept.TryRead(text, out var said)
                && said.Genesis == _genesis.Hash && said.Admin == member.Id && said.IsFull && said.IsSignedBy(member.Key)) full.Add(member);
        return full;
    }

    private async Task<bool> IsShownAsync(List<Member> full, RoutingId log, long tile, IReadOnlyList<byte[]> leaves, CancellationToken cancel)
    {
        var (wanted, shown) = (_admin.Members.Witness, 0);
        var same = new EntryBundle(leaves).Write();
        foreach (var member in full)
        {
            if (shown == wanted) break;
            if (await ReadAsync(member, HubPaths.TileOf(log, new(Tile.Entries, tile, Tile.FullWidth)), cancel).ConfigureAwait(false) is { } bytes && bytes.AsSpan().SequenceEqual(same)) shown++;
        }

        _waits = shown == wanted ? null : string.Create(CultureInfo.InvariantCulture,
            $"entries are kept until {wanted} other {(wanted == 1 ? "admin that keeps" : "admins that keep")} all of them can show them; now {(shown == 1 ? "1 does" : $"{shown} do")}");
        return shown == wanted;
    }

    /// <summary>True when nothing is missing any more. From the last on, so that what is missing is always the beginning of a log.</summary>
    private async Task<bool> RefillAsync(CancellationToken cancel)
    {
        foreach (var (log, _) in _store.ForgottenFrom())
        {
            for (var tile = _store.ForgottenTiles(log) - 1; tile >= 0; tile--)
            {
                if (await FindAsync(log, tile, cancel).ConfigureAwait(false) is not { } leaves)
                {
                    _waits = $"entries of {log} are missing, and no admin that answers has them";
                    return false;
                }

                _store.RefillTile(log, tile, leaves);
            }
        }

        _waits = null;
        return true;
    }

    private async Task<IReadOnlyList<byte[]>?> FindAsync(RoutingId log, long tile, CancellationToken cancel)
    {
        var hashes = _store.ForgottenTile(log, tile)!;
        foreach (var member in _admin.Members.All.OrderByDescending(member => member.Id == log))
        {
            if (member.Id != _admin.Me?.Id && await ReadAsync(member, HubPaths.TileOf(log, new(Tile.Entries, tile, Tile.FullWidth)), cancel).ConfigureAwait(false) is { } bytes
                && EntryBundle.TryRead(bytes, out var bundle) && bundle.Entries.SelectMany(leaf => Merkle.LeafHash(leaf).ToArray()).SequenceEqual(hashes)) return bundle.Entries;
        }

        return null;
    }

    private async Task<byte[]?> ReadAsync(Member member, string path, CancellationToken cancel)
    {
        try
        {
            return await _http.GetAsync(member.Url, path, cancel).ConfigureAwait(false);
        }
        catch (HawserException)
        {
            return null; // another one, or at the next height
        }
    }
}
