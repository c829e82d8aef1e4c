using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Noise;
using Hawser.Session.Tcp;
using Hawser.Tests.Sim;
using Hawser.Transport;

namespace Hawser.Fuzz;

/// <summary>Bytes of anybody on a TCP connection: nothing throws, nothing is sent, and it ends within its time.</summary>
internal sealed class TcpChannelsTarget : IFuzzTarget
{
    private static readonly HostPort From = HostPort.Read([192, 0, 2, 1], 7);
    private static readonly DhKeyPair Key = DhKeyPair.Generate(new SimRandom(1));

    public static byte[][] Seeds { get; } =
    [
        [0, 0, 0, 81, (byte)'N', .. new byte[80], 0, 0, 0, 49, (byte)'K', .. new byte[48]],
        [0, 0, 0, 97, (byte)'I', .. new byte[96]],
        [0, 0, 0, 49, (byte)'Q', .. new byte[48]],
        [0xFF, 0, 0, 0],
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var now = new Moment(new(0), DateTimeOffset.UnixEpoch);
        var channels = new TcpChannels(new SimRandom(2), new() { Key = Key, AnswersQueries = true });
        var line = channels.Accepted(now, From);
        for (var at = 0; at < input.Length; at += 7) channels.Receive(now, line, input[at..Math.Min(input.Length, at + 7)].ToArray());
        var buffer = new byte[TcpLine.MinBuffer];
        if (channels.TryTransmit(now, line, buffer, out var length) || length > 0) throw new InvalidDataException("talks to anybody");
        for (var turns = 0; channels.NextWakeup != Instant.Never; turns++)
        {
            if (turns > 10) throw new InvalidDataException("would never sleep");
            now = now with { Mono = channels.NextWakeup };
            channels.Tick(now);
        }

        if (channels.Count > 0 || now.Mono.Micros > 6_000_000) throw new InvalidDataException("is still there");
    }
}

/// <summary>
/// Messages of a peer that holds the key and keeps no rule, a byte of length before each: nothing throws, nothing runs
/// away, and the answer stays small.
/// </summary>
internal sealed class TcpLineTarget : IFuzzTarget
{
    private static readonly HostPort From = HostPort.Read([192, 0, 2, 1], 7);
    private static readonly DhKeyPair Host = DhKeyPair.Generate(new SimRandom(1)), Peer = DhKeyPair.Generate(new SimRandom(2));

    private static readonly InitiatorExchange Opening = InitiatorExchange.WithTicket(
        new SimRandom(3), Peer, Host.Public, StreamPrologue.Of((byte)'I', default, default), [])!;

    public static byte[][] Seeds { get; } =
    [
        [9, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 1, 0, 0, 0, 2, 65, 66, 67],
        [6, 0, 2, 0, 0, 0, 2, 6, 0, 3, 0, 0, 0, 2, 14, 0, 4, 0, 0, 0, 2, 0, 0, 0, 0, 0, 32, 0, 0],
        [3, 0, 5, 1, 10, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 40, 2, 3, 2, 3, 4, 1, 3],
        [3, 0, 9, 1], [2, 0, 16],
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var now = new Moment(new(0), DateTimeOffset.UnixEpoch);
        var channels = new TcpChannels(new SimRandom(4), new() { Key = Host });
        var line = channels.Accepted(now, From);
        channels.Receive(now, line, Frame('I', Opening.First));
        channels.TryTake(out var asked);
        var id = ((EndpointEvent.Requested)asked!).Connection;
        channels.Accept(now, id, []);
        var buffer = new byte[TcpLine.MinBuffer];
        channels.TryTransmit(now, line, buffer, out var length);
        if (!Opening.TryReadAnswer(buffer.AsSpan(5, length - 5), out _, out var secrets)) throw new InvalidDataException("no answer");
        var (send, sent) = (new CipherState(secrets!.Send), 0);
        for (var at = 0; at < input.Length; now = now with { Mono = now.Mono + TimeSpan.FromMilliseconds(3) })
        {
            var plain = input.Slice(at + 1, Math.Min(input[at], input.Length - at - 1));
            at += 1 + plain.Length;
            var box = new byte[plain.Length + CipherState.TagSize];
            send.Encrypt("T"u8, plain, box);
            channels.Receive(now, line, Frame('T', box));
            channels.Tick(now);
            while (channels.TryTransmit(now, line, buffer, out length)) sent += length;
            while (channels.TryTake(out var happened))
            {
                if (happened is EndpointEvent.StreamReadable { Stream: var stream }) channels.Read(now, id, stream, buffer, out _);
                if (happened is EndpointEvent.StreamOpened { Stream: var opened }) channels.Write(now, id, opened, "hello"u8);
            }

            if (channels.NextWakeup <= now.Mono) throw new InvalidDataException("would never sleep");
        }

        if (sent > 60 * (input.Length + 1_500)) throw new InvalidDataException($"{sent} bytes out");
    }

    private static byte[] Frame(char letter, ReadOnlySpan<byte> message)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, 1 + message.Length);
        frame[4] = (byte)letter;
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }
}
