using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>What a joiner shows to the host, sealed, in letter I. Spec: tickets.md §4.3.</summary>
/// <remarks><code>| purpose (1) | token 16 | joiner's name 1+n | hubs=0 or 1 (1) { hub 32 | addresses (1) { 18 } } |</code></remarks>
internal sealed record TicketShown
{
    public const int MaxSize = 1 + Token16.Size + 1 + Ticket.MaxName + 1 + Bytes32.Size + 1 + Ticket.MaxAddresses * LinkParts.AddressSize;

    /// <summary>What the joiner wants by it.</summary>
    public TicketPurpose Purpose { get; init; } = TicketPurpose.Join;

    public required Token16 Token { get; init; }

    /// <summary>What the joiner calls itself; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>A hub that the joiner keeps a line to.</summary>
    public DhPublicKey? Hub { get; init; }

    public HostPort[] HubAddresses { get; init; } = [];

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TicketShown? shown)
    {
        shown = null;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var purpose) || (TicketPurpose)purpose is not (TicketPurpose.Join or TicketPurpose.Receive)
            || !reader.TryTake(Token16.Size, out var token) || !LinkParts.TryReadText(ref reader, 0, Ticket.MaxName, out var name)
            || !reader.TryReadU8(out var hubs) || hubs > 1) return false;
        Bytes32 hub = default;
        HostPort[] addresses = [];
        if ((hubs == 1 && (!reader.TryReadBytes32(out hub) || hub.IsZero
                || !LinkParts.TryReadAddresses(ref reader, Ticket.MaxAddresses, out addresses)))
            || !reader.AtEnd) return false;
        shown = new() { Purpose = (TicketPurpose)purpose, Token = Token16.Read(token), Name = name, Hub = hub.IsZero ? null : new(hub), HubAddresses = addresses };
        return true;
    }

    public byte[] Write()
    {
        Span<byte> bytes = stackalloc byte[MaxSize];
        var writer = new SpanWriter(bytes);
        writer.WriteU8((byte)Purpose);
        Token.CopyTo(writer.Take(Token16.Size));
        LinkParts.WriteText(ref writer, Name);
        writer.WriteU8(Hub is null ? (byte)0 : (byte)1);
        if (Hub is { } hub)
        {
            writer.Write(hub.Bytes);
            LinkParts.WriteAddresses(ref writer, HubAddresses);
        }

        return bytes[..writer.Written].ToArray();
    }
}
