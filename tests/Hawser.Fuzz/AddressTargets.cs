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

internal sealed class SenderMessageTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        new SenderMessage.Hello(AddressSeeds.Request.Address.At.Address, 1, new ListeningOptions(AddressSeeds.Request.Address.At, null).Write()).Write(),
        new SenderMessage.Authorization(AddressSeeds.Request.Address.At.Address, "AAAAAAAAAAAAAAAAAAAAAA").Write(),
        new SenderMessage.Server(SenderStatus.Okay) { Session = default(Hawser.Wire.Token16), Digest = 1, Observed = AddressSeeds.Request.Address.At, Challenge = "x" }.Write(),
        new SenderMessage.Consent(AddressSeeds.Request.Address.At, 60).Write(),
        new SenderMessage.Token(default, default).Write(),
    ];

    // JSON has many forms; what was read is written in one, and reads as the same.
    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!SenderMessage.TryRead(input, out var read)) return;
        if (!SenderMessage.TryRead(read.Write(), out var again)) throw new InvalidDataException("what was written does not read");
        AddressSeeds.Same(read.Write(), again.Write());
    }
}

internal sealed class ListeningOptionsTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new ListeningOptions(AddressSeeds.Request.Address.At, AddressSeeds.Request.Address.At).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ListeningOptions.TryRead(input, out var read) && (!ListeningOptions.TryRead(read.Write(), out var again) || again != read))
            throw new InvalidDataException("not the same again");
    }
}

internal sealed class JsonFieldsTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = ["{\"a\":\"b\",\"c\":1}"u8.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Hawser.Wire.JsonFields.TryRead(input, out var fields) && fields.Count > 16) throw new InvalidDataException("too many");
    }
}
