using System.Buffers.Binary;

namespace Hawser.Proof;

/// <summary>A Binding message as far as we heed it. Spec: stun.md §4.</summary>
/// <remarks><code>| kind (2) | length (2) | cookie (4) id (12) | type (2) length (2) value, to a multiple of 4 … |</code></remarks>
internal record struct StunMessage
{
    public const int HeaderSize = 20;
    public const int MaxSize = 2_048; // stun.md §6: what a padded request of RFC 5780 fits in
    public const int MaxUnknown = 4; // stun.md §6
    private const int MaxAttributes = 64; // stun.md §6

    public StunKind Kind { get; private set; }

    public StunId Id { get; private set; }

    /// <summary>Where the server saw the request come from: XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS.</summary>
    public HostPort? Mapped { get; private set; }

    /// <summary>The server's other address and port, if it has them: OTHER-ADDRESS, else CHANGED-ADDRESS.</summary>
    public HostPort? Other { get; private set; }

    /// <summary>Where the answer says that it comes from: RESPONSE-ORIGIN, else SOURCE-ADDRESS.</summary>
    public HostPort? Origin { get; private set; }

    /// <summary>Our own attribute: what the server shows to who is at this address, or 0 from who wants to see it; null if there is none.</summary>
    public ulong? Cookie { get; private set; }

    /// <summary>From where the answer is wanted.</summary>
    public StunChange Change { get; private set; }

    /// <summary>To which port the answer is wanted; 0: where the request came from.</summary>
    public ushort ResponsePort { get; private set; }

    /// <summary>The first four attributes that a reader would have to know, and we do not, 16 bits each; the first is lowest.</summary>
    public ulong Unknown { get; private set; }

    /// <summary>How many of them there are.</summary>
    public int UnknownCount { get; private set; }

    /// <summary>0 unless it is an error.</summary>
    public int Error { get; private set; }

    public bool HasFingerprint { get; private set; }

    /// <summary>Where MESSAGE-INTEGRITY begins; 0 if there is none.</summary>
    public int IntegrityAt { get; private set; }

    /// <summary>Whether bytes may be STUN at all, by their first eight (decision 20 tells protocols on one port apart so).</summary>
    public static bool IsLike(ReadOnlySpan<byte> datagram) => datagram.Length >= HeaderSize && datagram[0] < 4
        && BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) == StunId.Cookie
        && BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) == datagram.Length - HeaderSize;

    public static bool TryRead(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        if (datagram.Length is < HeaderSize or > MaxSize) return false;
        var kind = (StunKind)BinaryPrimitives.ReadUInt16BigEndian(datagram);
        if (kind is not (StunKind.Request or StunKind.Indication or StunKind.Success or StunKind.Error)) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if (length != datagram.Length - HeaderSize || length % 4 != 0) return false;
        var read = new StunMessage { Kind = kind, Id = StunId.Read(datagram[4..]) };
        var at = HeaderSize;
        for (var count = 0; at < datagram.Length; count++)
        {
            if (count == MaxAttributes || datagram.Length - at < 4 || read.HasFingerprint) return false; // FINGERPRINT is the last
            var type = BinaryPrimitives.ReadUInt16BigEndian(datagram[at..]);
            var size = BinaryPrimitives.ReadUInt16BigEndian(datagram[(at + 2)..]);
            var padded = (size + 3) & ~3;
            if (padded > datagram.Length - at - 4) return false;
            if (!read.TryTake((StunAttribute)type, datagram.Slice(at + 4, size), datagram[..at])) return false;
            at += 4 + padded;
        }

        message = read;
        return true;
    }

    private bool TryTake(StunAttribute type, ReadOnlySpan<byte> value, ReadOnlySpan<byte> before)
    {
        // What stands behind the integrity is nobody's word (RFC 8489 §14.5), but for the fingerprint.
        if (IntegrityAt != 0 && type is not StunAttribute.Fingerprint) return true;
        switch (type)
        {
            case StunAttribute.XorMappedAddress:
                if (!TryReadAddress(value, Id.Bits, out var mapped)) return false;
                Mapped = mapped;
                return true;
            case StunAttribute.MappedAddress:
                if (!TryReadAddress(value, 0, out mapped)) return false;
                Mapped ??= mapped;
                return true;
            case StunAttribute.OtherAddress:
            case StunAttribute.ChangedAddress:
                if (!TryReadAddress(value, 0, out var other)) return false;
                if (type is StunAttribute.OtherAddress) Other = other;
                else Other ??= other;
                return true;
            case StunAttribute.ResponseOrigin:
            case StunAttribute.SourceAddress:
                if (!TryReadAddress(value, 0, out var origin)) return false;
                if (type is StunAttribute.ResponseOrigin) Origin = origin;
                else Origin ??= origin;
                return true;
            case StunAttribute.Cookie:
                if (value.Length != ListeningProof.CookieSize) return false;
                Cookie = BinaryPrimitives.ReadUInt64BigEndian(value);
                return true;
            case StunAttribute.ChangeRequest:
                if (value.Length != 4) return false;
                Change = (StunChange)value[3] & (StunChange.Address | StunChange.Port);
                return true;
            case StunAttribute.ResponsePort:
                if (value.Length is not (2 or 4)) return false; // with its reserved half, or without
                ResponsePort = BinaryPrimitives.ReadUInt16BigEndian(value);
                return true;
            case StunAttribute.ErrorCode:
                if (value.Length < 4 || (value[2] & 7) is < 3 or > 6 || value[3] > 99) return false;
                Error = (value[2] & 7) * 100 + value[3];
                return true;
            case StunAttribute.MessageIntegrity:
                if (value.Length != StunIntegrity.Size) return false;
                IntegrityAt = before.Length;
                return true;
            case StunAttribute.MessageIntegritySha256:
                if (value.Length is < 16 or > 32 || value.Length % 4 != 0) return false;
                return true;
            case StunAttribute.Fingerprint:
                HasFingerprint = value.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(value) == StunWriter.FingerprintOf(before);
                return HasFingerprint;
            case StunAttribute.UserName or StunAttribute.UserHash or StunAttribute.Realm or StunAttribute.Nonce or StunAttribute.PasswordAlgorithm
                or StunAttribute.UnknownAttributes or StunAttribute.Priority or StunAttribute.UseCandidate or StunAttribute.Padding:
                return true; // known, and of no concern to Binding without credentials
            default:
                if ((ushort)type >= 0x8000) return true; // optional: nobody has to know it
                if (UnknownCount < MaxUnknown) Unknown |= (ulong)type << (16 * UnknownCount);
                UnknownCount++;
                return true;
        }
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> value, UInt128 mask, out HostPort address)
    {
        address = default;
        var size = value.Length < 4 ? 0 : value[1] switch { 1 => 4, 2 => 16, _ => 0 };
        if (size == 0 || value.Length != 4 + size) return false;
        var port = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (ushort)(mask >> 112));
        address = HostPort.Read(value[4..], port);
        if (size == 4) address = address with { Address = address.Address ^ (uint)(mask >> 96) };
        else address = address with { Address = address.Address ^ mask };
        return size == 4 || !address.IsIPv4; // one encoding for each address
    }
}

/// <summary>CHANGE-REQUEST: from which of a server's places the answer is to come.</summary>
[Flags]
internal enum StunChange : byte
{
    None = 0,
    Port = 2,
    Address = 4,
}
