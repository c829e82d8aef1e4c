using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>What both ends of a line know about it; a hello is signed over all of it, so it serves on no other line.</summary>
/// <param name="Genesis">The federation.</param>
/// <param name="Hub">The hub's channel key.</param>
/// <param name="Member">The node's channel key, which the handshake has proved.</param>
/// <param name="Binding">The exporter secret of the connection.</param>
internal sealed record LineIdentity(Bytes32 Genesis, DhPublicKey Hub, DhPublicKey Member, Bytes32 Binding)
{
    private static ReadOnlySpan<byte> Label => "hawser/line/1\n"u8;

    public LineMessage.Hello Sign(SigningKey signOn, ulong boot) => new(boot, signOn.Public, signOn.Sign(Signed(signOn.Public, boot)));

    public bool Verify(LineMessage.Hello hello) =>
        Ed25519.Verify(hello.SignOn, Signed(hello.SignOn, hello.Boot), hello.Signature);

    private byte[] Signed(in VerifyKey signOn, ulong boot)
    {
        var text = new byte[Label.Length + 5 * Bytes32.Size + 8];
        var writer = new SpanWriter(text);
        writer.Write(Label);
        writer.Write(Genesis);
        writer.Write(Hub.Bytes);
        writer.Write(Member.Bytes);
        writer.Write(Binding);
        writer.Write(signOn.Bytes);
        writer.WriteU64(boot);
        return text;
    }
}
