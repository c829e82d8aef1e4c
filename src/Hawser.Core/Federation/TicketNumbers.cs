using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// The numbers of one timestamp's tickets: look random, and none comes twice, as one number for two seal keys convicts an
/// admin. They step through all slots from a random one on; a restart begins elsewhere, so that a store which was put
/// back from a copy does not repeat them. Spec: naming.md §5.
/// </summary>
internal sealed class TicketNumbers
{
    private const ulong Slots = 78_364_164_096; // 36^7

    private readonly ulong _step;
    private ulong _next;

    public TicketNumbers(RoutingTick timestamp, IEntropy entropy)
    {
        Timestamp = timestamp;
        Span<byte> random = stackalloc byte[16];
        entropy.Fill(random);
        _next = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(random) % Slots;
        // 36 = 2²·3²: a step that neither divides goes through all of them.
        _step = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(random[8..]) % (Slots / 6) * 6 + 1;
    }

    public RoutingTick Timestamp { get; }

    public RoutingId Next()
    {
        var slot = _next;
        _next = (_next + _step) % Slots;
        Span<byte> digits = stackalloc byte[RoutingId.Size];
        Timestamp.CopyTo(digits);
        for (var at = RoutingId.Size - 1; at >= RoutingTick.TextLength; at--, slot /= 36) digits[at] = (byte)Base36.Digits[(int)(slot % 36)];
        return RoutingId.TryRead(digits, out var number) ? number : throw new InvalidOperationException("digits that do not read");
    }
}
