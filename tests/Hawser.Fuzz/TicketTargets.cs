using Hawser.Session;

namespace Hawser.Fuzz;

/// <summary>What a joiner shows has one encoding.</summary>
internal sealed class TicketShownTarget : IFuzzTarget
{
    private static readonly HostPort Address = HostPort.Read([192, 0, 2, 1], 7);

    public static byte[][] Seeds { get; } =
    [
        new TicketShown { Token = default }.Write(),
        new TicketShown { Token = default, Name = "laptop", Hub = new(Crypto.Sha256.Hash("hub"u8)), HubAddresses = [Address] }.Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (TicketShown.TryRead(input, out var shown) && !input.SequenceEqual(shown.Write())) throw new InvalidDataException("not canonical");
    }
}
