using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>The full profile: signed JSON in one written form, for people who may not know each other yet. Spec: chain.md §4.6.</summary>
internal sealed record FullMessage
{
    public const int MaxSize = 512; // chain.md §6
    private const string CertificateName = "cert", SignatureName = "challenge_sig", ChannelName = "channel", FromName = "from", AddressName = "ip",
        PortName = "port", ReplyName = "replyto", KindName = "type";

    public required MessageKind Kind { get; init; }

    /// <summary>Of an invitation: the chain key that signs it.</summary>
    public LedgerPublicKey? From { get; init; }

    /// <summary>Of an invitation: the channel key that will call. Without it only who knows the writer can answer.</summary>
    public DhPublicKey? Channel { get; init; }

    public HostPort? Address { get; init; }

    /// <summary>o of the invitation that is answered or taken back; its transaction's ID is understood too.</summary>
    public Bytes32 ReplyTo { get; init; }

    /// <summary>A proof that the address is the writer's: see <see cref="CarriedCertificate"/>; may be empty.</summary>
    public byte[] Certificate { get; init; } = [];

    /// <summary>64 bytes; empty while it is not signed.</summary>
    public byte[] Signature { get; init; } = [];

    public MessageContent Content => new(Kind, Address, Kind is MessageKind.Invitation ? default : InvitationReference.Full(ReplyTo));

    /// <summary>
    /// What is signed: the network, whom it is for, what it is, all outpoints, and every word of the message.
    /// </summary>
    /// <param name="network">The ledger.</param>
    /// <param name="recipient">Hash of the recipient's chain key, whatever stands in the field.</param>
    /// <param name="inputs">What the transaction spends; sorted by this.</param>
    public Bytes32 Challenge(LedgerNetwork network, in Bytes20 recipient, Span<OutPoint> inputs)
    {
        Span<byte> bytes = stackalloc byte[LedgerNetwork.MagicSize + Announcement.FlagSize + Bytes20.Size + 1 + 4 + Outpoints.Max * OutPoint.Size + Bytes32.Size];
        var writer = new SpanWriter(bytes);
        network.WriteMagic(writer.Take(LedgerNetwork.MagicSize));
        writer.Write(Announcement.FlagOf(MessageProfile.Full));
        recipient.CopyTo(writer.Take(Bytes20.Size));
        writer.WriteU8((byte)Kind);
        writer.WriteU32((uint)inputs.Length);
        Outpoints.Write(inputs, writer.Take(inputs.Length * OutPoint.Size));
        writer.Write(Sha256.Hash((this with { Signature = [] }).Write()));
        return LedgerHash.Tagged("ipchan/v1/challenge", bytes[..writer.Written]);
    }

    /// <summary>Keys sorted, no space, each value in one form only.</summary>
    public byte[] Write()
    {
        var text = new StringBuilder("{");
        Add(CertificateName, Certificate.Length > 0 ? Base64Url.EncodeToString(Certificate) : null);
        Add(SignatureName, Signature.Length > 0 ? Base64Url.EncodeToString(Signature) : null);
        Add(ChannelName, Channel?.ToString());
        Add(FromName, From?.ToString());
        Add(AddressName, Address?.ToEndPoint().Address.ToString());
        if (Address is { } address) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\"{PortName}\":{address.Port},");
        Add(ReplyName, Kind is MessageKind.Invitation ? null : Convert.ToHexStringLower(ReplyTo.ToArray()));
        Add(KindName, WordOf(Kind));
        text[^1] = '}';
        return Encoding.ASCII.GetBytes(text.ToString());

        void Add(string name, string? value)
        {
            if (value is not null) text.Append('"').Append(name).Append("\":\"").Append(value).Append("\",");
        }
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out FullMessage? message)
    {
        message = null;
        if (bytes.Length > MaxSize || !TrySplit(bytes, out var fields) || !TryUnderstand(fields, out var read)) return false;
        if (!read.Write().AsSpan().SequenceEqual(bytes)) return false; // what is not in the one written form is not read
        message = read;
        return true;
    }

    /// <summary>The type as it is written; null for one that is not known.</summary>
    public static string? KindOf(ReadOnlySpan<byte> bytes) =>
        TrySplit(bytes, out var fields) && fields.GetValueOrDefault(KindName) is { IsText: true, Text: var word } && KindOf(word) is null ? word : null;

    private static bool TryUnderstand(Dictionary<string, Field> fields, [NotNullWhen(true)] out FullMessage? message)
    {
        message = null;
        if (TextOf(KindName) is not { } word || KindOf(word) is not { } kind) return false;
        LedgerPublicKey? from = null;
        if (TextOf(FromName) is { } fromText)
        {
            if (!LedgerPublicKey.TryParse(fromText, out var key)) return false;
            from = key;
        }

        DhPublicKey? channel = null;
        if (TextOf(ChannelName) is { } channelText)
        {
            if (!DhPublicKey.TryParse(channelText, out var key)) return false;
            channel = key;
        }

        HostPort? address = null;
        if (TextOf(AddressName) is { } ip)
        {
            if (fields.GetValueOrDefault(PortName) is not { IsText: false, Text: var portText } || !ushort.TryParse(portText, System.Globalization.NumberStyles.None, null, out var port)
                || port == 0 || !IPAddress.TryParse(ip, out var parsed) || parsed.ToString() != ip || parsed.IsIPv4MappedToIPv6) return false;
            if (ip.Contains('%')) return false; // a zone means something on one machine only
            address = HostPort.From(new(parsed, port));
        }

        var reply = default(Bytes32);
        if (TextOf(ReplyName) is { } replyText)
        {
            Span<byte> hash = stackalloc byte[Bytes32.Size];
            if (replyText.Length != 2 * Bytes32.Size || Convert.FromHexString(replyText, hash, out _, out _) is not System.Buffers.OperationStatus.Done) return false;
            reply = Bytes32.Read(hash);
        }

        if (!TryBytes(CertificateName, out var certificate) || !TryBytes(SignatureName, out var signature)) return false;
        if (signature.Length is not (0 or LedgerPublicKey.SignatureSize) || certificate.Length is not (0 or CarriedCertificate.Size)) return false;
        var isWhole = kind switch
        {
            MessageKind.Invitation => from is not null && address is not null && !fields.ContainsKey(ReplyName),
            MessageKind.Acceptance => from is null && channel is null && address is not null && !reply.IsZero,
            MessageKind.Cancel => from is null && channel is null && address is null && certificate.Length == 0 && !reply.IsZero,
        };
        if (!isWhole) return false;
        message = new()
        {
            Kind = kind, From = from, Channel = channel, Address = address, ReplyTo = reply, Certificate = certificate, Signature = signature,
        };
        return true;

        string? TextOf(string name) => fields.GetValueOrDefault(name) is { IsText: true, Text: var text } ? text : null;

        bool TryBytes(string name, out byte[] value)
        {
            value = [];
            if (TextOf(name) is not { } text) return !fields.ContainsKey(name);
            if (!Base64Url.IsValid(text)) return false;
            value = Base64Url.DecodeFromChars(text);
            return value.Length > 0;
        }
    }

    // An object of texts and whole numbers, without escapes, without spaces, its names rising.
    private static bool TrySplit(ReadOnlySpan<byte> bytes, out Dictionary<string, Field> fields)
    {
        fields = [];
        if (bytes.Length > MaxSize || bytes.Length < 2 || bytes[0] != '{' || bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) || bytes.Contains((byte)'\\')) return false;
        var rest = bytes[1..];
        var last = "";
        while (true)
        {
            if (!TryTakeText(ref rest, out var name) || string.CompareOrdinal(name, last) <= 0 || rest.IsEmpty || rest[0] != ':') return false;
            rest = rest[1..];
            if (!rest.IsEmpty && rest[0] == '"')
            {
                if (!TryTakeText(ref rest, out var text)) return false;
                fields.Add(name, new(true, text));
            }
            else
            {
                var digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
                if (digits is <= 0 or > 10) return false;
                fields.Add(name, new(false, Encoding.ASCII.GetString(rest[..digits])));
                rest = rest[digits..];
            }

            last = name;
            if (rest.SequenceEqual("}"u8)) return true;
            if (rest.IsEmpty || rest[0] != ',') return false;
            rest = rest[1..];
        }
    }

    private static bool TryTakeText(ref ReadOnlySpan<byte> rest, out string text)
    {
        text = "";
        if (rest.IsEmpty || rest[0] != '"' || rest[1..].IndexOf((byte)'"') is var end && end < 0) return false;
        text = Encoding.ASCII.GetString(rest.Slice(1, end));
        rest = rest[(end + 2)..];
        return true;
    }

    private static string WordOf(MessageKind kind) => kind switch
    {
        MessageKind.Invitation => "invitation",
        MessageKind.Acceptance => "acceptance",
        MessageKind.Cancel => "cancel",
    };

    private static MessageKind? KindOf(string word) => word switch
    {
        "invitation" => MessageKind.Invitation,
        "acceptance" => MessageKind.Acceptance,
        "cancel" => MessageKind.Cancel,
        _ => null,
    };

    private readonly record struct Field(bool IsText, string Text);
}
