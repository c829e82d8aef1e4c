using System.Text;
using Hawser.Crypto;
using Hawser.Proof;

namespace Hawser.Fuzz;

/// <summary>What reads writes back the same bytes.</summary>
internal sealed class NotaryStatementTarget : IFuzzTarget
{
    private static readonly SigningKey Key = new(Sha256.Hash("notary"u8));

    public static NotaryStatement Statement { get; } =
        NotaryStatement.Sign(Key, NotaryStatement.KidOf(Key.Public), "0a9-lljk28n", default, HostPort.Read([203, 0, 113, 7], 54_321), DateTimeOffset.UnixEpoch.AddYears(50));

    public static byte[][] Seeds { get; } = [Statement.Write(), (Statement with { Observed = HostPort.Read(new byte[] { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7 }, 0) }).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (NotaryStatement.TryRead(input, out var read)) AddressSeeds.Same(input, read!.Write());
    }
}

internal sealed class NotaryEvidenceTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new NotaryEvidence([NotaryStatementTarget.Statement, NotaryStatementTarget.Statement]).ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (NotaryEvidence.TryRead(input, out var read)) AddressSeeds.Same(input, read.ToArray());
    }
}

internal sealed class NotaryCardTarget : IFuzzTarget
{
    private static readonly SigningKey Root = new(Sha256.Hash("root"u8));

    public static byte[][] Seeds { get; } =
    [
        new NotaryCard { Root = Root.Public, Written = DateTimeOffset.UnixEpoch.AddYears(50), Keys = [new(Root.Public, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(60))] }.SignWith(Root).Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (NotaryCard.TryRead(input, out var read)) AddressSeeds.Same(input, read.Write());
    }
}

internal sealed class NotaryListTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new NotaryList(2, [("alice", "https://notary.example.org"), ("bob", "http://203.0.113.9:8430")]).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (NotaryList.TryRead(input, out var read)) AddressSeeds.Same(input, read.Write());
    }
}

/// <summary>A proxy that we trust says any words: they never become one of our own addresses, nor an error.</summary>
internal sealed class TrustedProxiesTarget : IFuzzTarget
{
    private static readonly TrustedProxies Proxies = new([AddressNetwork.TryParse("10.0.0.0/8", out var network) ? network : default]);
    private static readonly HostPort Proxy = HostPort.Read([10, 0, 0, 1], 1), Stranger = HostPort.Read([203, 0, 113, 7], 1);

    public static byte[][] Seeds { get; } = ["203.0.113.99, 10.0.0.9, 203.0.113.7"u8.ToArray(), "[2001:db8::7]:4711,10.0.0.2"u8.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var words = Encoding.Latin1.GetString(input);
        if (Proxies.ClientOf(Stranger, words) != Stranger) throw new InvalidDataException("a stranger's word was taken");
        // What our own proxy has added at the right wins, whatever stands left of it.
        if (Proxies.ClientOf(Proxy, words + ",203.0.113.8") is { } client && client.Address != HostPort.Read([203, 0, 113, 8], 0).Address) throw new InvalidDataException("a word from the left won");
    }
}
