using System.Globalization;
using System.Text;
using Hawser.Federation;
using Hawser.Net.Control;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Net.Hubs;

/// <summary>
/// Recomputes a federation from its published files alone, and says what differs. Needs no home. Spec: audit.md.
/// </summary>
internal static class FederationAudit
{
    /// <param name="where">A hub's URL, or a folder.</param>
    /// <param name="pinned">The federation it must be, as a federation file; null takes what the place says, and says so.</param>
    /// <param name="saveTo">Where to keep what a URL gave; null does not.</param>
    /// <param name="titles">Gets every title, as a line of hexadecimal digits, in the order of IDs.</param>
    /// <param name="progress">Gets each height.</param>
    /// <param name="cancel">Gives up.</param>
    public static AuditReport Run(string where, string? pinned, string? saveTo, TextWriter? titles, IProgress<uint>? progress, CancellationToken cancel)
    {
        using var http = new HubClient();
        var files = new PublishedFiles(where, saveTo, http, cancel);
        var served = files.Federation()
            ?? throw new HawserException(Reason.Unreachable, $"there is no federation at {where}", "give a hub's URL, or a folder that an audit has saved");
        if (!Genesis.TryRead(served, out var genesis))
            throw new HawserException(Reason.VerificationFailed, "the federation file there cannot be read", "ask its admin");
        if (pinned is not null && (!Genesis.TryRead(Encoding.UTF8.GetBytes(pinned), out var trusted) || trusted.Hash != genesis.Hash))
            throw new HawserException(Reason.VerificationFailed, "what is published there is of another federation", "see hawser federation show FILE");

        files.Others = [.. genesis.Founders.All.Select(member => member.Url)];
        var auditor = new Auditor(genesis, AllCores.Instance);
        string? differs;
        while (auditor.TryStep(files, out differs))
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Report(auditor.Height);
        }

        List<string> differences = [];
        if (differs is not null)
            differences.Add(string.Create(CultureInfo.InvariantCulture, $"height {auditor.Height + 1}: {differs}{WhereElse(files.Kept(auditor.Epochs), auditor.Epochs)}"));
        else differences.AddRange(CompareTiles(auditor, files));
        if (titles is not null)
            foreach (var title in auditor.Registry.State.All) titles.WriteLine(Convert.ToHexStringLower(title.Write()));
        return new(genesis.Hash.ToString(), pinned is not null, auditor.Height, auditor.Last?.Header.Tick.ToString(), (long)auditor.Leaves,
            auditor.Registry.State.Count, auditor.Registry.Current.StateRoot.ToString(), auditor.Last?.Header.Hash.ToString(), differences,
            [.. auditor.Registry.Roster.Members.All.Select(member => member.Id.ToString())], [.. auditor.Registry.Roster.Frozen.Select(admin => admin.ToString())]) { Elsewhere = files.Elsewhere };
    }

    // Nothing is wrong with a place that says what it does not keep: it has to be recomputed from others.
    private static string WhereElse(RecordsKept? kept, Epochs epochs) => kept is not { IsFull: false } ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; {epochs.Find(kept.Admin)?.Name ?? kept.Admin.ToString()} keeps its records in part, without ")
            + string.Join(", ", kept.From.Select(log => string.Create(CultureInfo.InvariantCulture, $"entries 0 to {log.First - 1} of {log.Log} (its own hub: {epochs.Find(log.Log)?.Url ?? "gone"})")))
            + ": audit one that keeps all, or this one by its URL while another answers";

    // The tiles of hashes are what others prove from: they must be those of the entries.
    private static IEnumerable<string> CompareTiles(Auditor auditor, PublishedFiles files)
    {
        foreach (var (id, tree) in auditor.Logs)
        {
            foreach (var tile in Tile.Added(0, tree.Size).Where(tile => tile.Level >= 0 && tile.IsFull))
            {
                if (files.Hashes(id, tile) is not { } hashes) continue; // a saved folder need not have them
                for (var i = 0; i < tile.Width; i++)
                {
                    if (hashes.Length == tile.Width * Bytes32.Size && tree.TryHash(tile.Level * Tile.Height, tile.Index * Tile.FullWidth + i, out var hash)
                        && hash == Bytes32.Read(hashes.AsSpan(i * Bytes32.Size, Bytes32.Size))) continue;
                    yield return $"{tile} of {id} is not what its entries hash to";
                    break;
                }
            }
        }
    }
}
