using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Transport;

namespace Hawser.Fuzz;

internal sealed class PlainIdTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = ["0a9jj39f7a"u8.ToArray(), new byte[10]];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!PlainId.TryRead(input, out var id)) return;
        if (!PlainId.TryParse(id.ToString(), out var again) || again != id) throw new InvalidDataException("two texts");
    }
}

internal sealed class PeerNameTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [[2, .. "0a9jj39f7a"u8], [1, .. new byte[32]]];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!PeerName.TryRead(input, out var name)) return;
        var again = new byte[name.Size];
        name.Write(again);
        Canonical.Check(input, again);
    }
}

internal sealed class ChallengeRequestTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [ChallengeRequest.Sealed(1, 2, default), [.. ChallengeRequest.Sealed(1, 2, default), 0]];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!ChallengeRequest.TryRead(input, out var message)) return;
        var again = new byte[message.Length];
        message.Write(again);
        Canonical.Check(input, again);
    }
}

internal sealed class ChallengeResponseTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        new ChallengeResponse(1, 2, 3, 4, 5, null, []).ToArray(),
        new ChallengeResponse(1, 2, 3, 4, 5, new(Sha256.Hash("k"u8)), [7, 7]).ToArray(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ChallengeResponse.TryRead(input, out var message)) Canonical.Check(input, message!.ToArray());
    }
}

internal sealed class ConnectRejectTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [new ConnectReject(1, 2, 0, []).ToArray(), new ConnectReject(1, 2, 16, new byte[48]).ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ConnectReject.TryRead(input, out var message)) Canonical.Check(input, message.ToArray());
    }
}

internal sealed class ConnectAcceptTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new ConnectAccept(1, 2, new byte[90]).ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ConnectAccept.TryRead(input, out var message)) Canonical.Check(input, message.ToArray());
    }
}

internal sealed class AcceptPayloadTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [new AcceptPayload(new(5, 8), new(Aead.Aes256Gcm, null, true, 16, 16), [1, 2]).ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (AcceptPayload.TryRead(input, out var message)) Canonical.Check(input, message.ToArray());
    }
}

internal sealed class ConnectCallTarget : IFuzzTarget
{
    private static readonly ChallengeResponse Challenge = new(1, 2, 3, 4, 5, null, []);
    private static readonly byte[] Cid = [2, 8, 8];
    private static readonly byte[] Settings = [5, 1, 2, 1, 16, 16];

    public static byte[][] Seeds { get; } =
    [
        ConnectCall.Write(Challenge, HandshakeLetter.N, new byte[10], Cid, Settings, new byte[59], new byte[48]),
        ConnectCall.Write(Challenge, HandshakeLetter.I, new byte[10], Cid, Settings, new byte[600], []),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!ConnectCall.TryRead(input, out var call)) return;
        var challenge = new ChallengeResponse(call.NonceI, call.Ic, call.NonceH, call.Difficulty, call.Cookie, null, []);
        var again = ConnectCall.Write(
            challenge, call.Letter, call.MaskedId, call.CidI, call.Settings, call.First, call.Second);
        ConnectCall.SetX(again, call.X);
        Canonical.Check(input, again);
    }
}

file static class Canonical
{
    public static void Check(ReadOnlySpan<byte> input, ReadOnlySpan<byte> again)
    {
        if (!again.SequenceEqual(input)) throw new InvalidDataException("not canonical");
    }
}
