using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// Shares of reveals, from claimants that go off at once: each admin keeps one to itself until the claim window has closed,
/// then logs it, and whoever finds enough of them in the logs opens the claim. Spec: federation.md §5.
/// </summary>
internal sealed partial class AdminMachine
{
    private static readonly byte[] ShareKept = "kept\n"u8.ToArray();

    private readonly SortedDictionary<Bytes32, (uint Kept, byte[] Text)> _shares = []; // mine, by claim: one each
    private readonly SortedDictionary<Bytes32, SortedDictionary<byte, RevealShare>> _told = []; // in certified logs, by claim and number

    private void AskShare(long number, in HostPort from, ReadOnlySpan<byte> body)
    {
        if (!RevealShare.TryRead(body, out var share))
        {
            Refuse(number, "this is no share of a reveal");
            return;
        }

        if (_shares.TryGetValue(share.Claim, out var known))
        {
            if (known.Text.AsSpan().SequenceEqual(body)) Answer(number, AdminStatus.Ok, ShareKept);
            else Refuse(number, "another share of this claim is here already");
            return;
        }

        if (!MayServe(number)) return;
        if (share.Genesis != _genesis.Hash || share.Admin != Me!.Id) Refuse(number, "this share is for another admin");
        else if (SealKeyOf(share.Claim) is not { } key) Refuse(number, "this hub has no such claim that waits for its reveal");
        else if (!share.IsSignedBy(key)) Refuse(number, "the claim's seal key did not sign this share");
        else if (!Spend(from)) Refuse(number, "too many reveals from your network; ask again at the next tick", AdminStatus.Busy);
        else
        {
            var (claim, text) = (share.Claim, body.ToArray());
            _shares.Add(claim, (Height, text));
            Save(new AdminRecord.Share(claim, Height, text), _ =>
            {
                Answer(number, AdminStatus.Ok, ShareKept);
                LogShares(_fold.Height);
            });
        }
    }

    // Of a claim that is in my log, or certified and not revealed.
    private VerifyKey? SealKeyOf(in Bytes32 claim) => _fold.ClosingHeightOf(claim) is not null ? _fold.FindClaim(claim)?.SealKey
        : _fold.FindClaim(claim) is null && _fresh.TryGetValue(claim, out var fresh) ? fresh.Claim.SealKey : null;

    /// <summary>Shares that certified logs hold: each is checked by itself, so a wrong one spoils nothing.</summary>
    private void CollectShares(IReadOnlyList<NewLeaves> logs)
    {
        foreach (var log in logs)
        {
            foreach (var leaf in log.Leaves)
            {
                if (LogEntry.KindOf(leaf.Span) is not LogEntryKind.Share || !RevealShare.TryRead(leaf.Span, out var share) || share.Genesis != _genesis.Hash
                    || share.Admin != log.Member || _fold.ClosingHeightOf(share.Claim) is null || _fold.FindClaim(share.Claim) is not { } claim) continue;
                if (_told.TryGetValue(share.Claim, out var told) && told.ContainsKey(share.Number) || !share.IsSignedBy(claim.SealKey)) continue;
                if (told is null) _told.Add(share.Claim, told = []);
                told.Add(share.Number, share);
            }
        }
    }

    /// <summary>Logs what is due of mine, and reveals what enough shares are told of.</summary>
    private void LogShares(uint height)
    {
        if (IsSilent || Me is null) return;
        foreach (var (claim, (kept, text)) in _shares.ToArray())
        {
            if (_fold.ClosingHeightOf(claim) is { } closing)
            {
                if (closing > height) continue;
                AppendOnce(text);
            }
            else if (height < kept + _genesis.ClaimWindow + 1 && _fold.FindClaim(claim) is null)
            {
                continue; // it may be certified yet
            }

            _shares.Remove(claim);
        }

        foreach (var (claim, told) in _told.ToArray())
        {
            if (_fold.ClosingHeightOf(claim) is not { } closing)
            {
                _told.Remove(claim); // revealed, or too late
                continue;
            }

            if (closing > height) continue;
            foreach (var alike in told.Values.GroupBy(share => share.Needed))
                if (RevealShare.Combine(alike) is { } reveal && _fold.ClosingHeight(reveal) is not null) AppendOnce(reveal.Write());
        }
    }

    private void AppendOnce(byte[] leaf)
    {
        var hash = Sha256.Hash(leaf.AsSpan());
        if (!_receipts.ContainsKey(hash) && !_pendingLeaves.Contains(hash)) Append(leaf);
    }
}
