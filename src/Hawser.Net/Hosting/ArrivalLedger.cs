using System.Collections.Concurrent;
using Hawser.Crypto;
using Hawser.Net.Services;
using Hawser.Net.Store;
using Hawser.Service;

namespace Hawser.Net.Hosting;

/// <summary>
/// Keeps the store's account of the inbox. A row is there before a file gets its name, so that whatever moment a crash
/// comes at, the next start knows which names are new and tells the user of them.
/// </summary>
internal sealed class ArrivalLedger(NodeStore store, FileInbox inbox, TimeProvider clock, Action<ReceivedFile> told,
    ConcurrentDictionary<(DhPublicKey From, Wire.Bytes32 Hash), long>? arriving = null) : IArrivals
{
    private const string Arriving = "arriving";
    private static readonly TimeSpan PartialsKept = TimeSpan.FromDays(14); // that nobody went on with

    public string Begin(FileOffer offer, DhPublicKey from, string partial)
    {
        var arrival = Guid.CreateVersion7().ToString("N");
        store.SaveTransfer(new(arrival, true, from.ToString(), offer.Name, partial, offer.Size, offer.Hash, Arriving, offer.Size, clock.GetUtcNow()));
        return arrival;
    }

    public void Came(FileOffer offer, DhPublicKey from, long bytes)
    {
        if (arriving is null) return;
        if (bytes > 0) arriving[(from, offer.Hash)] = bytes;
        else arriving.TryRemove((from, offer.Hash), out _);
    }

    public void Named(string arrival, ReceivedFile file)
    {
        if (store.Transfers().FirstOrDefault(row => row.Id == arrival) is { } row) Settle(row, file.Name);
        told(file);
    }

    /// <summary>At a start, before any file can come: finishes what a crash interrupted.</summary>
    public void Reconcile()
    {
        var rows = store.Transfers();
        var known = rows.Where(row => row.Incoming && row.State != Arriving).Select(row => row.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var row in rows.Where(row => row.State == Arriving))
        {
            if (inbox.Find(row.Name, row.Size, row.Sha256!.Value, path => !known.Contains(path)) is not { } name)
            {
                store.RemoveTransfer(row.Id); // it got no name: its sender goes on from the partial file
                continue;
            }

            Settle(row, name);
            known.Add(Path.Combine(inbox.Folder, name));
            File.Delete(row.Path); // what is left of it is the file's other name
        }

        inbox.Sweep(clock.GetUtcNow() - PartialsKept);
    }

    private void Settle(StoredTransfer row, string name) =>
        store.SaveTransfer(row with { Name = name, Path = Path.Combine(inbox.Folder, name), State = FileVerbs.Waiting, Changed = clock.GetUtcNow() });
}
