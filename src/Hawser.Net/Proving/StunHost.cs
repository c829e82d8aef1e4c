using System.Net.Sockets;
using Hawser.Net.Pump;
using Hawser.Net.Sockets;
using Hawser.Proof;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Proving;

/// <summary>Where a STUN server listens.</summary>
/// <param name="First">First address and first port.</param>
/// <param name="OtherPort">The second port; 0 if there is none.</param>
/// <param name="OtherAddress">The second address, on the same two ports.</param>
internal sealed record StunListen(HostPort First, ushort OtherPort, HostPort? OtherAddress)
{
    public const ushort DefaultPort = 3478; // stun.md §6
    public const ushort DefaultOtherPort = 3479;
}

/// <summary>Runs a STUN server on its sockets, up to four, a thread each.</summary>
internal sealed class StunHost : IDisposable
{
    private const int Slots = 64;

    private readonly Lock _gate;
    private readonly StunServer _server;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly List<(StunPlace Place, DatagramBatch Socket, Thread Thread)> _sockets = [];

    /// <summary>Listens at once; throws <see cref="SocketException"/> if it cannot.</summary>
    /// <param name="listen">Where.</param>
    /// <param name="clock">For the rates.</param>
    /// <param name="log">For trouble.</param>
    /// <param name="perSecond">Answers to one network.</param>
    /// <param name="proof">Gets to know who shows a cookie; null where no addresses are proved.</param>
    /// <param name="gate">Guards the proof; taken once a batch.</param>
    public StunHost(
        StunListen listen, TimeProvider clock, ILogger log, int perSecond = StunServer.AnswersPerSecond, ListeningProof? proof = null, Lock? gate = null)
    {
        (_clock, _log, _gate) = (clock, log, gate ?? new());
        try
        {
            Open(default, listen.First);
            if (listen.OtherPort != 0) Open(new(false, true), listen.First with { Port = listen.OtherPort });
            if (listen.OtherAddress is { } other)
            {
                Open(new(true, false), other with { Port = Local.Port });
                if (listen.OtherPort != 0) Open(new(true, true), other with { Port = listen.OtherPort });
            }
        }
        catch
        {
            foreach (var (_, socket, _) in _sockets) socket.Dispose();
            throw;
        }

        _server = new(SystemEntropy.Shared, Local, listen.OtherPort, listen.OtherAddress, perSecond, proof);
        foreach (var (_, _, thread) in _sockets) thread.Start();
    }

    public HostPort Local => _sockets[0].Socket.Local;

    /// <summary>Whether clients can learn all of RFC 5780 here.</summary>
    public bool CanDiscover => _server.CanDiscover;

    /// <summary>Sends one datagram from the first socket: a challenge, or what somebody consented to.</summary>
    public void Send(ReadOnlySpan<byte> datagram, in HostPort to) => _sockets[0].Socket.Send(datagram, to);

    /// <summary>What became of all requests, by name.</summary>
    public IEnumerable<(string Name, long Count)> Counts()
    {
        lock (_gate)
            return [.. Enum.GetValues<StunVerdict>().Select(verdict => ($"stun_{verdict.ToString().ToLowerInvariant()}", _server.Count(verdict)))];
    }

    public void Dispose()
    {
        foreach (var (_, socket, _) in _sockets) socket.Dispose();
        foreach (var (_, socket, thread) in _sockets)
        {
            thread.Join();
            socket.Free();
        }
    }

    private void Open(StunPlace place, HostPort local)
    {
        var socket = new DatagramBatch(local, Slots, StunMessage.MaxSize + 1);
        _sockets.Add((place, socket, new(() => Serve(place, socket)) { IsBackground = true, Name = $"stun {local.Port}" }));
    }

    private void Serve(StunPlace place, DatagramBatch socket)
    {
        try
        {
            while (socket.Receive() is var count and >= 0)
            {
                lock (_gate)
                {
                    var now = _clock.GetMoment().Mono;
                    for (var i = 0; i < count; i++) Answer(now, place, socket, i);
                }

                socket.Flush();
            }
        }
        catch (SocketException e)
        {
            _log.ReceiveFailed(socket.Local.Port, e);
        }
        catch (ObjectDisposedException)
        {
            // closed while answers were on their way out
        }
    }

    private void Answer(Instant now, StunPlace place, DatagramBatch socket, int index)
    {
        var answer = socket.NextAnswer;
        if (!_server.TryAnswer(now, socket.From(index), place, socket[index], answer, out var reply)) return;
        if (reply.From == place) socket.Add(reply.Length, reply.To);
        else _sockets.Find(other => other.Place == reply.From).Socket.Send(answer[..reply.Length], reply.To);
    }
}
