using Hawser.Proof;
using Hawser.Tests.Sim;

namespace Hawser.Fuzz;

/// <summary>A server answers nothing with more than it got, but for the one attribute; and what it writes can be read.</summary>
internal sealed class StunMessageTarget : IFuzzTarget
{
    private static readonly HostPort From = HostPort.Read([203, 0, 113, 7], 54_321), First = HostPort.Read([192, 0, 2, 1], 3_478), Other = HostPort.Read([192, 0, 2, 2], 0);
    private static readonly StunId Id = StunId.Of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

    public static byte[][] Seeds { get; } =
    [
        Convert.FromHexString("000100002112a442000102030405060708090a0b"),
        Convert.FromHexString("010100142112a442000102030405060708090a0b002000080001f523ea12d54580280004a8d3d16a"),
        StunQuery.Make(Id, default), StunQuery.Make(Id, new(StunChange.Address | StunChange.Port, 777)),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var server = new StunServer(new SimRandom(1), First, 3_479, Other);
        Span<byte> answer = stackalloc byte[StunMessage.MaxSize];
        if (!server.TryAnswer(new(0), From, default, input, answer, out var reply)) return;
        if (reply.Length > input.Length && (reply.Length != 32 || reply.To != From)) throw new InvalidDataException("amplified");
        if (!StunMessage.TryRead(answer[..reply.Length], out _)) throw new InvalidDataException("not its own language");
    }
}
