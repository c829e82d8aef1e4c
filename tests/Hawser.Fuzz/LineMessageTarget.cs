using Hawser.Crypto;
using Hawser.Rendezvous;
using Hawser.Tests.Sim;

namespace Hawser.Fuzz;

/// <summary>What reads as a line message writes back the same bytes; neither end of a line trips over any.</summary>
internal sealed class LineMessageTarget : IFuzzTarget
{
    private static readonly Moment Now = new(new(0), DateTimeOffset.UnixEpoch);
    private static readonly DhKeyPair Key = DhKeyPair.Generate(new SimRandom(1));

    public static byte[][] Seeds { get; } =
    [
        .. ((ReadOnlySpan<LineMessage>)
        [
            new LineMessage.Hello(1, default, new byte[64]),
            new LineMessage.Observed(HostPort.Read([192, 0, 2, 1], 7)),
            new LineMessage.Welcome(1),
            new LineMessage.Displaced(1),
            new LineMessage.Goodbye(LineVerdict.Superseded),
            new LineMessage.KeepAlive(1),
            new LineMessage.Request(1, Key.Public, true, [1]),
            new LineMessage.Call(1, [(byte)'N', .. new byte[200]]),
            new LineMessage.Call(1, [(byte)'I', .. new byte[200]]),
            new LineMessage.Reply(1, true, [1]),
            new LineMessage.Answer(1, 0, [(byte)'A', .. new byte[100]]),
            new LineMessage.Refusal(1),
            new LineMessage.Delivered(1, 0),
        ]).ToArray().Select(message => message.ToArray()),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (LineMessage.TryRead(input, out var message) && !input.SequenceEqual(message.ToArray()))
            throw new InvalidDataException("not canonical");

        var random = new SimRandom(2);
        var hub = new Switchboard(default, Key.Public, random);
        hub.Opened(Now, new(1), Key.Public, default, default);
        hub.Receive(Now, new(1), input);
        var setup = new LineSetup { Identity = new(default, Key.Public, Key.Public, default), ChannelKey = Key };
        var client = new LineClient(Now, setup, new(Now), random);
        client.Ask(Now, new() { Target = Key.Public, Candidates = [] });
        client.Receive(Now, input);
        while (client.TryTake(out var happened))
            if (happened is LineEvent.Ready or LineEvent.Asked) throw new InvalidDataException("nobody has sealed this");
    }
}
