using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>What links have in common. Spec: tickets.md §3.</summary>
internal static class LinkParts
{
    private const int CheckSize = 4;
    public const int AddressSize = 18;

    public static void WriteAddresses(ref SpanWriter writer, ReadOnlySpan<HostPort> addresses)
    {
        writer.WriteU8((byte)addresses.Length);
        foreach (var address in addresses)
        {
            address.CopyAddressTo(writer.Take(AddressSize - 2));
            writer.WriteU16(address.Port);
        }
    }

    public static bool TryReadAddresses(ref SpanReader reader, int max, out HostPort[] addresses)
    {
        addresses = [];
        if (!reader.TryReadU8(out var count) || count > max) return false;
        var read = new HostPort[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryTake(AddressSize - 2, out var ip) || !reader.TryReadU16(out var port) || port == 0) return false;
            read[i] = HostPort.Read(ip, port);
            if (read.AsSpan(0, i).Contains(read[i])) return false;
        }

        addresses = read;
        return true;
    }

    public static void WriteText(ref SpanWriter writer, string text) => writer.WriteBlob8(Encoding.ASCII.GetBytes(text));

    /// <summary>A length byte and printable ASCII.</summary>
    public static bool TryReadText(ref SpanReader reader, int min, int max, out string text)
    {
        text = "";
        if (!reader.TryTakeBlob8(out var bytes) || bytes.Length < min || bytes.Length > max
            || bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return false;
        text = Encoding.ASCII.GetString(bytes);
        return true;
    }

    /// <summary>Four bytes of hash over what the writer has written to the buffer.</summary>
    public static void WriteCheck(ref SpanWriter writer, ReadOnlySpan<byte> buffer)
    {
        var hash = Sha256.Hash(buffer[..writer.Written]);
        hash[..CheckSize].CopyTo(writer.Take(CheckSize));
    }

    /// <summary>The bytes before the check; false if the text is not the one that they have, or the check is wrong.</summary>
    public static bool TryDecode(string text, string prefix, int maxSize, out byte[] bytes)
    {
        bytes = [];
        if (!text.StartsWith(prefix, StringComparison.Ordinal) || text.Length > prefix.Length + maxSize * 4 / 3 + 4) return false;
        var body = text.AsSpan(prefix.Length);
        var all = new byte[Base64Url.GetMaxDecodedLength(body.Length)];
        if (Base64Url.DecodeFromChars(body, all, out _, out var length) is not OperationStatus.Done || length <= CheckSize
            || !body.SequenceEqual(Base64Url.EncodeToString(all.AsSpan(0, length)))) return false;
        var content = all.AsSpan(0, length - CheckSize);
        var hash = Sha256.Hash(content);
        if (!hash[..CheckSize].SequenceEqual(all.AsSpan(content.Length, CheckSize))) return false;
        bytes = content.ToArray();
        return true;
    }
}
