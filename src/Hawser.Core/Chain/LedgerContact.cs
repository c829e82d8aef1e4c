using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>Somebody whose messages are looked for: by the channel key that will answer, with the keys of the chain.</summary>
/// <param name="Channel">Who this is.</param>
/// <param name="Generations">Rising, one or two, during an exchange three; the highest confirmed one is written with.</param>
internal sealed record LedgerContact(DhPublicKey Channel, IReadOnlyList<KeyGeneration> Generations)
{
    public KeyGeneration? Writing => Generations.LastOrDefault(generation => generation.IsConfirmed);
}

/// <summary>The keys of two people from one session to the next. Number 0 is that of the cards. Spec: chain.md §5.5.</summary>
/// <param name="Number">Rises with every exchange.</param>
/// <param name="Own">Our chain key in it.</param>
/// <param name="Peer">The peer's.</param>
/// <param name="Psk">Of the session that agreed on it; zeros in number 0.</param>
/// <param name="IsConfirmed">The peer is known to have it.</param>
internal sealed record KeyGeneration(uint Number, LedgerKeyPair Own, LedgerPublicKey Peer, Bytes32 Psk, bool IsConfirmed);

/// <summary>A generation with what was computed of it: one key agreement, then hashes only.</summary>
internal sealed class PreparedGeneration
{
    private readonly Bytes32 _x;

    public PreparedGeneration(DhPublicKey channel, KeyGeneration keys, LedgerNetwork network)
    {
        (Channel, Keys, _x) = (channel, keys, keys.Own.Agree(keys.Peer));
        Incoming = new(_x, keys.Psk, network, keys.Peer, keys.Own.Public);
        Outgoing = new(_x, keys.Psk, network, keys.Own.Public, keys.Peer);
    }

    public DhPublicKey Channel { get; }

    public KeyGeneration Keys { get; }

    public PairKeys Incoming { get; }

    public PairKeys Outgoing { get; }

    /// <summary>What the two punch and connect with, once both messages are on the ledger. Spec: chain.md §5.4.</summary>
    public MeetingSecret SecretFor(LedgerNetwork network, in Bytes32 invitation, in Bytes32 answer)
    {
        Span<byte> secret = stackalloc byte[2 * Bytes32.Size];
        _x.CopyTo(secret);
        Keys.Psk.CopyTo(secret[Bytes32.Size..]);
        Span<byte> info = stackalloc byte[LedgerNetwork.MagicSize + 2 * Bytes32.Size];
        network.WriteMagic(info);
        invitation.CopyTo(info[LedgerNetwork.MagicSize..]);
        answer.CopyTo(info[(LedgerNetwork.MagicSize + Bytes32.Size)..]);
        Span<byte> output = stackalloc byte[Bytes32.Size + 8 + 8];
        Sha256.Hkdf(secret, "hawser/chain-punch/1"u8, info, output);
        var reader = new SpanReader(output);
        reader.TryReadBytes32(out var punch);
        reader.TryReadU64(out var nonceI);
        reader.TryReadU64(out var nonceH);
        return new(punch, Math.Max(nonceI, 1), Math.Max(nonceH, 1)); // 0 stands for none
    }
}

/// <summary>What an introduction by a hub would have given.</summary>
internal readonly record struct MeetingSecret(Bytes32 Secret, ulong NonceI, ulong NonceH);
