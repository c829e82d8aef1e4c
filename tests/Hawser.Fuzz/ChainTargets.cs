using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Wire;

namespace Hawser.Fuzz;

/// <summary>What reads as a transaction writes back the same bytes, and its ID is that of the bytes without witnesses.</summary>
internal sealed class LedgerTransactionTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [ChainSeeds.Paid.Write(), ChainSeeds.Invitation().Write(), ChainSeeds.Invitation(MessageProfile.Full).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!LedgerTransaction.TryRead(input, out var transaction)) return;
        if (!input.SequenceEqual(transaction.Write())) throw new InvalidDataException("not canonical");
        if (!TransactionSpan.TryReadWhole(input, out var span) || span.Id != transaction.Id) throw new InvalidDataException("two IDs");
    }
}

/// <summary>What reads as the output of a message writes back the same bytes.</summary>
internal sealed class AnnouncementTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        ChainSeeds.Invitation().Outputs[0].Script, ChainSeeds.Invitation(MessageProfile.Full).Outputs[0].Script,
        new Announcement(MessageProfile.Full, new byte[20], new byte[200]).Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Announcement.TryRead(input, out var announcement) && !input.SequenceEqual(announcement.Write())) throw new InvalidDataException("not canonical");
    }
}

/// <summary>The full profile has one written form.</summary>
internal sealed class FullMessageTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        new FullMessage
        {
            Kind = MessageKind.Invitation, From = ChainSeeds.Own.Public, Channel = new(Sha256.Hash("c"u8)), Address = HostPort.Read([192, 0, 2, 1], 7), Signature = new byte[64],
        }.Write(),
        new FullMessage { Kind = MessageKind.Acceptance, ReplyTo = Sha256.Hash("i"u8), Address = new(UInt128.One << 125, 65535), Certificate = new byte[CarriedCertificate.Size], Signature = new byte[64] }.Write(),
        new FullMessage { Kind = MessageKind.Cancel, ReplyTo = Sha256.Hash("i"u8), Signature = new byte[64] }.Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (FullMessage.TryRead(input, out var message) && !input.SequenceEqual(message.Write())) throw new InvalidDataException("not canonical");
    }
}

/// <summary>A step of the agreement on keys has one encoding.</summary>
internal sealed class KeyUpdateTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new KeyUpdate(KeyUpdateStep.Offer, 0, 1, ChainSeeds.Own.Public).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (KeyUpdate.TryRead(input, out var update) && !input.SequenceEqual(update.Write())) throw new InvalidDataException("not canonical");
    }
}

/// <summary>What reads as a chain key is a point that one can agree with.</summary>
internal sealed class LedgerPublicKeyTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [ChainSeeds.Own.Public.Bytes.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (LedgerPublicKey.TryRead(input, out var key) && ChainSeeds.Own.Agree(key).IsZero) throw new InvalidDataException("nothing shared");
    }
}

/// <summary>No transaction and no block makes a client throw, dial or spend; nothing forged becomes a meeting.</summary>
internal sealed class LedgerClientTarget : IFuzzTarget
{
    private static readonly byte[] Header = new byte[80];

    public static byte[][] Seeds { get; } =
    [
        ChainSeeds.Invitation().Write(), ChainSeeds.Invitation(MessageProfile.Full).Write(), ChainSeeds.Paid.Write(),
        [.. Header, 2, .. ChainSeeds.Paid.Write(), .. ChainSeeds.Invitation().Write()],
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var client = ChainSeeds.Client();
        client.Receive(ChainSeeds.Now, input);
        client.Receive(ChainSeeds.Now, 1, input);
        var genuine = ChainSeeds.Genuine.Any(known => client.Meetings.Any(m => m.Invitation == known));
        if (client.Meetings.Count > 0 && !genuine) throw new InvalidDataException("something forged was taken for a message");
        while (client.TryTake(out var happened))
            if (happened is LedgerEvent.Addressed or LedgerEvent.SendWanted) throw new InvalidDataException("dialled, or spent");
    }
}

internal static class ChainSeeds
{
    public static readonly LedgerKeyPair Own = new(Sha256.Hash("own"u8));
    public static readonly LedgerKeyPair Peer = new(Sha256.Hash("peer"u8));
    public static readonly Moment Now = new(new(0), DateTimeOffset.UnixEpoch);
    public static readonly LedgerTransaction Paid = new()
    {
        Inputs = [new(new(Sha256.Hash("t"u8), 1), [], 0xFFFFFFFE, [[1, 2], new byte[33]])],
        Outputs = [new(1_000, SegwitAddress.ScriptOf(Own.Public.Hash)), new(0, [0x6a, 4, 1, 2, 3, 4])],
    };

    private static readonly OutPoint Coin = new(Sha256.Hash("coin"u8), 0);

    public static readonly Bytes32[] Genuine = [Outpoints.Hash([Coin])];

    public static LedgerClient Client() => Make(Own, Peer);

    public static LedgerTransaction Invitation(MessageProfile profile = MessageProfile.Compact)
    {
        var writer = Make(Peer, Own);
        var meeting = writer.Invite(Now, new(Sha256.Hash("channel"u8)), HostPort.Read([192, 0, 2, 1], 7), profile, introduce: false, 1_000)!;
        return new()
        {
            Inputs = [new(Coin, [], 0xFFFFFFFE, [[0x30, 6, 2, 1, 1, 2, 1, 1, 1], new byte[33]])],
            Outputs = [new(0, writer.Compose(meeting.Number, [Coin])!)],
        };
    }

    private static LedgerClient Make(LedgerKeyPair own, LedgerKeyPair peer)
    {
        var client = new LedgerClient(Now, new SimRandom(1), new()
        {
            Network = LedgerNetwork.Regtest, Own = own, Channel = new(Sha256.Hash("mine"u8)), OwnAddress = () => HostPort.Read([192, 0, 2, 2], 8), MayDial = _ => true,
        }, null, []);
        client.SetContacts([new(new(Sha256.Hash("channel"u8)), [new(0, own, peer.Public, default, true)])]);
        return client;
    }
}
