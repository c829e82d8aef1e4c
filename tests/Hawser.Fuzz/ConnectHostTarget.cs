using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;

namespace Hawser.Fuzz;

/// <summary>
/// Whatever a host receives, as it is and with the puzzle solved for it: it sends no more than it got, and lets in
/// only who sent the seed.
/// </summary>
internal sealed class ConnectHostTarget : IFuzzTarget
{
    private static readonly Moment Now = new(new(0), DateTimeOffset.UnixEpoch);
    private static readonly Route Caller = Route.Udp(HostPort.Read([192, 0, 2, 1], 7));
    private static readonly DhKeyPair HostKey = new(Sha256.Hash("host"u8));
    private static readonly DhKeyPair CallerKey = new(Sha256.Hash("caller"u8));

    public static byte[][] Seeds { get; } = Talk();

    private static readonly byte[] Expected = WithoutX(Seeds[1]);

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var solved = input.ToArray();
        if (ConnectCall.TryRead(input, out var call) && call.Difficulty <= ConnectEpoch.IdleDifficulty
            && Puzzle.TrySolve(call.Puzzle, 0, 1 << 14, out var x)) ConnectCall.SetX(solved, x);
        foreach (var datagram in (byte[][])[input.ToArray(), solved])
        {
            var host = NewHost();
            host.Receive(Now, Caller, datagram);
            while (host.TryTake(out var happened))
            {
                if (happened is ConnectEvent.KeyWanted asked) host.AnswerKey(Now, asked.Number, CallerKey.Public);
                if (happened is not ConnectEvent.Requested requested) continue;
                ConnectCall.SetX(datagram, 0); // another solution is as good
                if (!datagram.AsSpan().SequenceEqual(Expected)) throw new InvalidDataException("let in");
                host.Accept(Now, requested.Number, []);
            }

            var (buffer, sent) = (new byte[2_000], 0);
            while (host.TryTransmit(Now, buffer, out var transmit)) sent += transmit.Length;
            if (sent > datagram.Length) throw new InvalidDataException($"{sent} bytes for {datagram.Length}");
        }
    }

    private static byte[] WithoutX(byte[] seed)
    {
        var copy = seed.ToArray();
        ConnectCall.SetX(copy, 0);
        return copy;
    }

    private static ConnectHost NewHost() => new(Now, new SimRandom(1), new() { Key = HostKey });

    private static byte[][] Talk()
    {
        var (host, buffer) = (NewHost(), new byte[2_000]);
        var caller = new ConnectInitiator(Now, new SimRandom(2), new() { Key = CallerKey }, new()
        {
            Route = Caller,
            HostKey = HostKey.Public,
            Letter = HandshakeLetter.N,
            Name = new(CallerKey.Public),
        });
        caller.TryTransmit(Now, buffer, out var ask);
        var first = buffer[..ask.Length];
        host.Receive(Now, Caller, first);
        host.TryTransmit(Now, buffer, out var challenge);
        caller.Receive(Now, Caller, buffer.AsSpan(0, challenge.Length));
        if (caller.TryTake(out var happened) && happened is ConnectEvent.SolveWanted wanted
            && Puzzle.TrySolve(wanted.Puzzle, 0, 1 << 20, out var x)) caller.Solved(Now, wanted.Number, x);
        caller.TryTransmit(Now, buffer, out var call);
        return [first, buffer[..call.Length]];
    }
}
