using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>Asks a prover for a challenge at an address. Spec: address.md §4.2.</summary>
/// <remarks><code>| version (1) | key (32) | address, port, transport (19) | method (1) | audience (16) |</code></remarks>
internal sealed record AddressRequest(VerifyKey Key, ProvenAddress Address, AddressMethod Method, Token16 Audience)
{
    public const int Size = 1 + Bytes32.Size + ProvenAddress.Size + 1 + Token16.Size;
    private const byte Version = 1;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out AddressRequest? request)
    {
        var reader = new SpanReader(bytes);
        request = TryRead(ref reader, out var read) && reader.AtEnd ? read : null;
        return request is not null;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        Write(ref writer);
        return bytes;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteU8(Version);
        writer.Write(Key.Bytes);
        Address.Write(ref writer);
        writer.WriteU8((byte)Method);
        Audience.CopyTo(writer.Take(Token16.Size));
    }

    public static bool TryRead(ref SpanReader reader, out AddressRequest? request)
    {
        request = null;
        if (!reader.TryReadU8(out var version) || version != Version || !reader.TryReadBytes32(out var key)
            || !ProvenAddress.TryRead(ref reader, out var address) || !reader.TryReadU8(out var method) || method > (byte)AddressMethod.WebNotary
            || !reader.TryTake(Token16.Size, out var audience)) return false;
        request = new(new(key), address, (AddressMethod)method, Token16.Read(audience));
        return true;
    }
}
