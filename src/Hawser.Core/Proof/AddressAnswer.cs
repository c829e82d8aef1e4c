using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// The certified key's own word that it got a challenge, and wants this address certified as its own. Whoever only
/// passes a challenge on cannot make it. Spec: address.md §4.3.
/// </summary>
/// <remarks><code>| request (69) | challenge (12) | signature (64) |</code></remarks>
internal sealed record AddressAnswer(AddressRequest Request, StunId Challenge, Bytes64 Signature)
{
    public const int Size = AddressRequest.Size + StunId.DrawnSize + SigningKey.SignatureSize;
    private static ReadOnlySpan<byte> Label => "hawser/addr-answer/1\n"u8;

    public static AddressAnswer Sign(SigningKey key, AddressRequest request, StunId challenge, in Bytes32 genesis, RoutingId prover) =>
        new(request, challenge, Bytes64.Read(key.Sign(Text(request, challenge, genesis, prover))));

    public bool IsSigned(in Bytes32 genesis, RoutingId prover) =>
        Ed25519.Verify(Request.Key, Text(Request, Challenge, genesis, prover), Signature.ToArray());

    public static bool TryRead(ReadOnlySpan<byte> bytes, out AddressAnswer? answer)
    {
        var reader = new SpanReader(bytes);
        answer = AddressRequest.TryRead(ref reader, out var request) && reader.TryTake(StunId.DrawnSize, out var challenge)
            && reader.TryTake(SigningKey.SignatureSize, out var signature) && reader.AtEnd
            ? new(request!, StunId.Of(challenge), Bytes64.Read(signature)) : null;
        return answer is not null;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        Request.Write(ref writer);
        Challenge.CopyDrawnTo(writer.Take(StunId.DrawnSize));
        Signature.CopyTo(writer.Take(Bytes64.Size));
        return bytes;
    }

    // The key is named by the signature; all else that the certificate will say is in the text.
    private static byte[] Text(AddressRequest request, StunId challenge, in Bytes32 genesis, RoutingId prover)
    {
        var text = new byte[Label.Length + Bytes32.Size + RoutingId.Size + StunId.DrawnSize + ProvenAddress.Size + Token16.Size];
        var writer = new SpanWriter(text);
        writer.Write(Label);
        writer.Write(genesis);
        prover.CopyTo(writer.Take(RoutingId.Size));
        challenge.CopyDrawnTo(writer.Take(StunId.DrawnSize));
        request.Address.Write(ref writer);
        request.Audience.CopyTo(writer.Take(Token16.Size));
        return text;
    }
}
