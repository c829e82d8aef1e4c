using System.Globalization;
using System.Text;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// Reveals that claimants have handed over before they went off: logged when the claim window has closed. A claim is
/// certified by then, so who has its reveal can delay it, and no more. Spec: federation.md §5.3.
/// </summary>
internal sealed partial class AdminMachine
{
    private readonly SortedDictionary<Bytes32, (uint Due, byte[] Reveal)> _entrusted = []; // by claim: one each

    private void AskEntrust(long number, in HostPort from, ReadOnlySpan<byte> body)
    {
        if (!Reveal.TryRead(body, out var reveal))
        {
            Refuse(number, "this is no reveal");
            return;
        }

        if (_entrusted.TryGetValue(reveal.Claim, out var known))
        {
            if (known.Reveal.AsSpan().SequenceEqual(body)) Answer(number, AdminStatus.Ok, Kept(known.Due));
            else Refuse(number, "another reveal of this claim waits already");
            return;
        }

        if (!MayServe(number)) return;
        if (!Spend(from))
        {
            Refuse(number, "too many reveals from your network; ask again at the next tick", AdminStatus.Busy);
            return;
        }

        if (_fold.ClosingHeight(reveal) is not { } due)
        {
            Refuse(number, "this reveals no certified claim that still waits for it");
            return;
        }

        var text = body.ToArray();
        _entrusted.Add(reveal.Claim, (due, text));
        Save(new AdminRecord.Entrusted(reveal.Claim, due, text), _ =>
        {
            Answer(number, AdminStatus.Ok, Kept(due));
            LogEntrusted(_fold.Height);
        });
    }

    private static byte[] Kept(uint due) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{due}\n"));

    /// <summary>Logs what is due, unless it was revealed meanwhile.</summary>
    private void LogEntrusted(uint height)
    {
        if (_entrusted.Count == 0 || IsSilent || Me is null) return;
        foreach (var (claim, (due, text)) in _entrusted.ToArray())
        {
            if (due > height) continue;
            _entrusted.Remove(claim);
            if (!Reveal.TryRead(text, out var reveal) || _fold.ClosingHeight(reveal) is null) continue;
            var hash = Crypto.Sha256.Hash(text.AsSpan());
            if (!_receipts.ContainsKey(hash) && !_pendingLeaves.Contains(hash)) Append(text);
        }
    }
}
