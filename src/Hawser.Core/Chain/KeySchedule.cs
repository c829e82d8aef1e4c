using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>
/// Which generations two people hold while they agree on the next: never none in common, wherever a crash falls, and one
/// alone once both know that the other has it. Spec: chain.md §5.5.
/// </summary>
internal static class KeySchedule
{
    /// <summary>What the inviter begins with.</summary>
    /// <param name="held">Its generations.</param>
    /// <param name="own">A fresh key pair.</param>
    /// <param name="above">The invitee's highest, if it stepped back.</param>
    public static KeyUpdate Offer(IReadOnlyList<KeyGeneration> held, LedgerKeyPair own, uint above = 0) =>
        new(KeyUpdateStep.Offer, Writing(held), Math.Max(Highest(held), above) + 1, own.Public);

    /// <summary>The invitee, offered: what it holds from now on, durable before it answers; null if it is further already.</summary>
    public static KeyGeneration[]? Offered(IReadOnlyList<KeyGeneration> held, KeyUpdate offer, LedgerKeyPair own, in Bytes32 exporter)
    {
        // What the peer writes with it has: so it is confirmed here too, and older ones are done with.
        var psk = PskOf(exporter, offer.Key, own.Public);
        var known = held.Any(generation => generation.Number == offer.Current);
        KeyGeneration[] kept = known
            ? [.. held.Where(g => g.Number >= offer.Current).Select(g => g.Number == offer.Current ? g with { IsConfirmed = true } : g)]
            : [.. held];
        kept = [.. kept.Where(g => g.IsConfirmed || g.Number != offer.Next)]; // an offer that was never finished
        if (Highest(kept) >= offer.Next) return null;
        return [.. kept, new(offer.Next, own, offer.Key, psk, IsConfirmed: false)];
    }

    /// <summary>The inviter, answered: what it holds from now on, durable before it confirms; null if that is no answer.</summary>
    public static KeyGeneration[]? Answered(IReadOnlyList<KeyGeneration> held, KeyUpdate offer, KeyUpdate answer, LedgerKeyPair own, in Bytes32 exporter) =>
        answer.Step is not KeyUpdateStep.Answer || answer.Next != offer.Next
            ? null
            : [.. held, new(offer.Next, own, answer.Key, PskOf(exporter, own.Public, answer.Key), IsConfirmed: true)];

    /// <summary>Both know that both have it: all before it goes.</summary>
    public static KeyGeneration[] Settled(IReadOnlyList<KeyGeneration> held, uint number) =>
        [.. held.Where(g => g.Number >= number).Select(g => g.Number == number ? g with { IsConfirmed = true } : g)];

    public static uint Highest(IReadOnlyList<KeyGeneration> held) => held.Count == 0 ? 0 : held.Max(generation => generation.Number);

    public static uint Writing(IReadOnlyList<KeyGeneration> held) => held.LastOrDefault(generation => generation.IsConfirmed)?.Number ?? 0;

    /// <summary>A secret of this session, so that a chain key that leaks is not enough for the next message.</summary>
    public static Bytes32 PskOf(in Bytes32 exporter, in LedgerPublicKey offered, in LedgerPublicKey answered)
    {
        Span<byte> info = stackalloc byte[2 * LedgerPublicKey.Size];
        offered.Bytes.CopyTo(info);
        answered.Bytes.CopyTo(info[LedgerPublicKey.Size..]);
        var psk = default(Bytes32);
        Sha256.Hkdf(exporter, "hawser/chain-psk/1"u8, info, psk);
        return psk;
    }
}
