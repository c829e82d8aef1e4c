using System.Text;
using Hawser.Wire;

namespace Hawser.Service;

/// <summary>The first bytes on a stream: which service its opener wants. Spec: service.md §4.1.</summary>
/// <remarks><code>
/// +------------+-----------+-----------+----------+-----------------+
/// | length u16 | version=1 | n (1..64) | name (n) | arguments (rest)|
/// +------------+-----------+-----------+----------+-----------------+
/// </code></remarks>
internal sealed record OpenRequest(ServiceName Name, byte[] Arguments)
{
    public const byte Version = 1; // service.md §6
    public const int MaxArguments = 1024; // service.md §6
    public const int PrefixSize = 2;
    public const int MaxBody = 2 + ServiceName.MaxLength + MaxArguments;
    public const int MaxSize = PrefixSize + MaxBody;

    public int Size => PrefixSize + 2 + Name.ToString().Length + Arguments.Length;

    /// <summary>How long the body is that follows these two bytes; false if no request is so long or so short.</summary>
    public static bool TryReadPrefix(ReadOnlySpan<byte> prefix, out int body)
    {
        var reader = new SpanReader(prefix);
        var read = reader.TryReadU16(out var length);
        body = length;
        return read && reader.AtEnd && length is >= 3 and <= MaxBody;
    }

    /// <summary>Takes the whole request, prefix included.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out OpenRequest? request)
    {
        request = null;
        var reader = new SpanReader(bytes);
        if (!reader.TryTakeBlob16(out var body) || !reader.AtEnd) return false;
        reader = new(body);
        if (!reader.TryReadU8(out var version) || version != Version
            || !reader.TryTakeBlob8(out var text) || !ServiceName.TryRead(text, out var name)
            || reader.Rest.Length > MaxArguments) return false;
        request = new(name, reader.Rest.ToArray());
        return true;
    }

    public int Write(Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Arguments.Length, MaxArguments);
        var writer = new SpanWriter(target);
        writer.WriteU16((ushort)(Size - PrefixSize));
        writer.WriteU8(Version);
        writer.WriteBlob8(Encoding.ASCII.GetBytes(Name.ToString()));
        writer.Write(Arguments);
        return writer.Written;
    }
}

/// <summary>The one byte that answers an open request. Spec: service.md §4.2.</summary>
internal enum OpenStatus : byte
{
    /// <summary>What follows on the stream is the service's.</summary>
    Ok,

    /// <summary>There is none, or not for this peer: he is not told which.</summary>
    NoSuchService,

    /// <summary>He may, but what stands behind the name does not answer.</summary>
    TargetUnreachable,
}
