using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Tests.Sim;

namespace Hawser.Fuzz;

/// <summary>What reads writes back the same bytes.</summary>
internal static class AddressSeeds
{
    private static readonly SigningKey Key = new(Sha256.Hash("key"u8));
    public static readonly RoutingId Prover = RoutingId.Random(default, new SimRandom(1));

    public static AddressRequest Request { get; } =
        new(Key.Public, new(HostPort.Read([203, 0, 113, 7], 54_321), AddressTransport.Udp), AddressMethod.ListeningSocket, default);

    public static AddressAnswer Answer { get; } = AddressAnswer.Sign(Key, Request, StunId.Of(new byte[12]), default, Prover);

    public static AddressCertificate Certificate { get; } = new AddressCertificate
    {
        Prover = Prover, Key = Key.Public, Address = Request.Address, Method = Request.Method, Level = AddressLevel.Port,
        Issued = DateTimeOffset.UnixEpoch, Ttl = AddressCertificate.Life, Audience = default,
    }.Sign(Key, default);

    public static void Same(ReadOnlySpan<byte> input, byte[] again)
    {
        if (!input.SequenceEqual(again)) throw new InvalidDataException("not canonical");
    }
}

internal sealed class AddressRequestTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [AddressSeeds.Request.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (AddressRequest.TryRead(input, out var read)) AddressSeeds.Same(input, read!.ToArray());
    }
}

internal sealed class AddressAnswerTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [AddressSeeds.Answer.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (AddressAnswer.TryRead(input, out var read)) AddressSeeds.Same(input, read!.ToArray());
    }
}

internal sealed class AddressCertificateTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [AddressSeeds.Certificate.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (AddressCertificate.TryRead(input, out var read)) AddressSeeds.Same(input, read!.ToArray());
    }
}

/// <summary>What a prover says of itself.</summary>
internal sealed class ProverTextTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new ProverText(default, AddressSeeds.Prover, AddressSeeds.Request.Address.At, [AddressMethod.Direct, AddressMethod.ListeningSocket]).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ProverText.TryRead(input, out var read)) AddressSeeds.Same(input, read.Write());
    }
}
