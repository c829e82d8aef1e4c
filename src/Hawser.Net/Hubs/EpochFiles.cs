using System.Buffers.Binary;
using Hawser.Federation;
using Hawser.Net.Store;
using Hawser.Wire;

namespace Hawser.Net.Hubs;

/// <summary>
/// The certificates that end epochs, as this home keeps them: with the genesis they show whose signatures count today.
/// Spec: membership.md §5.
/// </summary>
internal sealed class EpochFiles
{
    private const int MaxBytes = 16 << 20; // of all of them

    private readonly Genesis _genesis;
    private readonly NodeStore _store;
    private readonly Epochs _kept; // what the files show; others may know more already
    private readonly List<byte[]> _files = [];
    private readonly Lock _gate = new();

    public EpochFiles(Genesis genesis, NodeStore store)
    {
        (_genesis, _store, _kept, Known) = (genesis, store, Epochs.Of(genesis), Epochs.Of(genesis));
        var stored = store.MachineState(Name) ?? [];
        foreach (var file in Split(stored))
        {
            if (!_kept.TryAdd(genesis, file)) break;
            Known.TryAdd(genesis, file);
            _files.Add(file);
        }

        IsDamaged = _files.Sum(file => 4 + file.Length) != stored.Length;
    }

    /// <summary>Whether not all that was kept holds: what is lacking has to be fetched again.</summary>
    public bool IsDamaged { get; }

    public Epochs Known { get; }

    /// <summary>Each ends an epoch, from the first on.</summary>
    public IReadOnlyList<byte[]> Files
    {
        get
        {
            lock (_gate) return [.. _files];
        }
    }

    /// <summary>True if it was the next one.</summary>
    public bool Keep(byte[] certificate)
    {
        lock (_gate)
        {
            if (!_kept.TryAdd(_genesis, certificate)) return false;
            if (Known.Changes < _kept.Changes) Known.TryAdd(_genesis, certificate);
            _files.Add(certificate);
            if (_files.Sum(file => 4 + file.Length) <= MaxBytes) _store.SetMachineState(Name, Join(_files));
            return true;
        }
    }

    /// <summary>Asks the admins for what followed; true if anything did.</summary>
    public Task<bool> FetchAsync(HubClient http, CancellationToken cancel, string? first = null) =>
        LearnAsync(_genesis, Known.Newest, first, () => _kept.Changes, Keep, http, cancel);

    /// <summary>The same for whoever keeps no files: what the admins tell is added.</summary>
    public static Task FollowAsync(Genesis genesis, Epochs epochs, HubClient http, CancellationToken cancel) =>
        LearnAsync(genesis, epochs.Newest, null, () => epochs.Changes, file => epochs.TryAdd(genesis, file), http, cancel);

    // As many admins as have an honest one among them: one alone may be behind, or keep the news to itself.
    private static async Task<bool> LearnAsync(
        Genesis genesis, Members newest, string? first, Func<int> changes, Func<byte[], bool> keep, HubClient http, CancellationToken cancel)
    {
        var (learned, answered) = (false, 0);
        var urls = newest.All.Concat(genesis.Founders.All).Select(member => member.Url);
        foreach (var url in (first is null ? urls : urls.Prepend(first)).Distinct())
        {
            try
            {
                while (await http.GetAsync(url, HubPaths.EpochOf(changes() + 1), cancel).ConfigureAwait(false) is { } file && keep(file)) learned = true;
                if (++answered == newest.Witness) break;
            }
            catch (HawserException)
            {
                // The next may answer.
            }
        }

        return learned;
    }

    private string Name => $"epochs {_genesis.Hash}";

    private static byte[] Join(List<byte[]> files)
    {
        var bytes = new byte[files.Sum(file => 4 + file.Length)];
        var writer = new SpanWriter(bytes);
        foreach (var file in files)
        {
            writer.WriteU32((uint)file.Length);
            writer.Write(file);
        }

        return bytes;
    }

    private static IEnumerable<byte[]> Split(byte[] bytes)
    {
        for (var at = 0; at + 4 <= bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            if (length <= 0 || length > bytes.Length - at - 4) yield break;
            yield return bytes[(at + 4)..(at + 4 + length)];
            at += 4 + length;
        }
    }
}
