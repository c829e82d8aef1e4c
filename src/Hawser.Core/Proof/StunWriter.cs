using System.Buffers.Binary;
using System.IO.Hashing;

namespace Hawser.Proof;

/// <summary>Writes a Binding message front to back. FINGERPRINT, if any, comes last.</summary>
internal ref struct StunWriter
{
    private const uint FingerprintMask = 0x5354554E; // stun.md §6
    private readonly Span<byte> _target;
    private readonly StunId _id;

    public StunWriter(Span<byte> target, StunKind kind, StunId id)
    {
        _target = target;
        _id = id;
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)kind);
        id.CopyTo(target[4..]);
        Written = StunMessage.HeaderSize;
        Close();
    }

    public int Written { get; private set; }

    /// <summary>Bytes of an attribute with such an address, its head included.</summary>
    public static int SizeOf(in HostPort address) => 8 + (address.IsIPv4 ? 4 : 16);

    /// <summary>What FINGERPRINT says behind these bytes, whose length field counts it already.</summary>
#pragma warning disable RS0030 // a checksum of bytes, for all that its namespace is System.IO
    public static uint FingerprintOf(ReadOnlySpan<byte> before) => Crc32.HashToUInt32(before) ^ FingerprintMask;
#pragma warning restore RS0030

    /// <summary>The address as it is; a XOR-MAPPED-ADDRESS xored, so that no middlebox takes it for one to rewrite.</summary>
    public void WriteAddress(StunAttribute type, in HostPort address)
    {
        var mask = type is StunAttribute.XorMappedAddress ? _id.Bits : 0;
        var size = address.IsIPv4 ? 4 : 16;
        var value = Take(type, 4 + size);
        value[0] = 0;
        value[1] = (byte)(size == 4 ? 1 : 2);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(address.Port ^ (ushort)(mask >> 112)));
        var shown = size == 4 ? address.Address ^ (uint)(mask >> 96) : address.Address ^ mask;
        new HostPort(shown, 0).CopyAddressTo(value[4..]);
        Close();
    }

    public void WriteChange(StunChange change)
    {
        var value = Take(StunAttribute.ChangeRequest, 4);
        BinaryPrimitives.WriteUInt32BigEndian(value, (uint)change);
        Close();
    }

    public void WriteCookie(ulong cookie)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Take(StunAttribute.Cookie, ListeningProof.CookieSize), cookie);
        Close();
    }

    public void WriteResponsePort(ushort port)
    {
        var value = Take(StunAttribute.ResponsePort, 4);
        BinaryPrimitives.WriteUInt32BigEndian(value, (uint)port << 16);
        Close();
    }

    /// <summary>Bytes as they are, filled up with spaces to a multiple of four.</summary>
    public void WriteBytes(StunAttribute type, scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Take(type, bytes.Length));
        Close();
    }

    /// <summary>An error with a word of its own.</summary>
    public void WriteError(int code, scoped ReadOnlySpan<byte> reason)
    {
        var value = Take(StunAttribute.ErrorCode, 4 + reason.Length);
        BinaryPrimitives.WriteUInt32BigEndian(value, (uint)((code / 100 << 8) | (code % 100)));
        reason.CopyTo(value[4..]);
        Close();
    }

    /// <summary>As a <see cref="StunMessage"/> packs them.</summary>
    public void WriteUnknown(ulong types, int count)
    {
        count = Math.Min(count, StunMessage.MaxUnknown);
        var value = Take(StunAttribute.UnknownAttributes, 2 * count);
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt16BigEndian(value[(2 * i)..], (ushort)((types >> (16 * i)) & 0xFFFF));
        Close();
    }

    public void WriteIntegrity(scoped ReadOnlySpan<byte> key)
    {
        var before = Written;
        var value = Take(StunAttribute.MessageIntegrity, StunIntegrity.Size);
        Close();
        StunIntegrity.Make(key, _target[..before], value);
    }

    public void WriteFingerprint()
    {
        var before = Written;
        var value = Take(StunAttribute.Fingerprint, 4);
        Close();
        BinaryPrimitives.WriteUInt32BigEndian(value, FingerprintOf(_target[..before]));
    }

    private Span<byte> Take(StunAttribute type, int length)
    {
        var at = Written;
        var padded = (length + 3) & ~3;
        BinaryPrimitives.WriteUInt16BigEndian(_target[at..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(_target[(at + 2)..], (ushort)length);
        _target.Slice(at + 4 + length, padded - length).Fill((byte)' ');
        Written = at + 4 + padded;
        return _target.Slice(at + 4, length);
    }

    // The length field always counts what was written, as FINGERPRINT and integrity want it.
    private readonly void Close() =>
        BinaryPrimitives.WriteUInt16BigEndian(_target[2..], (ushort)(Written - StunMessage.HeaderSize));
}
