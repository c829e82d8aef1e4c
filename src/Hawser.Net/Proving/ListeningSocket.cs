using System.Net;
using System.Net.Sockets;
using Hawser.Net.Pump;
using Hawser.Proof;

namespace Hawser.Net.Proving;

/// <summary>
/// A UDP socket that a prover can see: tells how it looks from outside, takes challenges, and hands on what else comes
/// from that very server, which is what senders have it deliver.
/// </summary>
internal sealed class ListeningSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly ListeningProver _prover;
    private readonly byte[] _in = new byte[StunMessage.MaxSize], _out = new byte[StunMessage.MaxSize];
    private readonly IPEndPoint _any;
    private Task<SocketReceiveFromResult>? _receiving;

    /// <exception cref="HawserException">The port is taken, or the address is not this machine's.</exception>
    public ListeningSocket(HostPort server, IPAddress? from, ushort port)
    {
        var family = server.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        _any = new(server.IsIPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        _socket = new(family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            _socket.Bind(new IPEndPoint(from ?? _any.Address, port));
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new HawserException(Reason.PortBusy, $"UDP port {port} cannot be had", "stop what has it, or take another", e);
        }

        _prover = new(TimeProvider.System.GetMoment(), SystemEntropy.Shared, server, StunPatience.Short);
    }

    /// <summary>As it looks from outside, once <see cref="ShowAsync"/> has said so.</summary>
    public HostPort Mapped => _prover.Mapped;

    public HostPort Local => HostPort.From((IPEndPoint)_socket.LocalEndPoint!);

    /// <summary>From where payloads come; null: from the server.</summary>
    public HostPort? Source { get; init; }

    /// <summary>Called with what comes from the server and is no STUN.</summary>
    public Action<ReadOnlyMemory<byte>>? Payload { get; init; }

    /// <summary>Learns how it looks from outside, and shows the cookie; null if the server is silent.</summary>
    public async Task<HostPort?> ShowAsync(CancellationToken cancel)
    {
        await RunAsync(() => _prover.Now is ListeningProver.State.Shown or ListeningProver.State.Challenged or ListeningProver.State.Silent, null, cancel);
        return _prover.Now is ListeningProver.State.Silent ? null : _prover.Mapped;
    }

    /// <summary>Shows the cookie again, which also keeps the NAT's door open.</summary>
    public void Refresh() => _prover.Refresh(TimeProvider.System.GetMoment());

    /// <summary>The next challenge; null if none came in that time.</summary>
    public async Task<StunId?> ChallengeAsync(TimeSpan patience, CancellationToken cancel)
    {
        await RunAsync(() => _prover.Now is ListeningProver.State.Challenged, patience, cancel);
        if (_prover.Now is not ListeningProver.State.Challenged) return null;
        _prover.Spend();
        return _prover.Challenge;
    }

    public void Dispose() => _socket.Dispose();

    private async Task RunAsync(Func<bool> done, TimeSpan? patience, CancellationToken cancel)
    {
        var clock = TimeProvider.System;
        var until = patience is { } time ? clock.GetMoment().Mono + time : Instant.Never;
        while (!done())
        {
            var now = clock.GetMoment();
            _prover.Tick(now);
            while (_prover.TryTransmit(now, _out, out var length)) await SendAsync(_out.AsMemory(0, length), cancel);
            if (done() || now.Mono >= until) return;
            _receiving ??= _socket.ReceiveFromAsync(_in, SocketFlags.None, _any, CancellationToken.None).AsTask();
            var wake = Instant.Earlier(_prover.NextWakeup, until);
            if (wake == Instant.Never) await Task.WhenAny(_receiving).WaitAsync(cancel);
            else if (wake > now.Mono)
                await Task.WhenAny(_receiving, Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling((wake - now.Mono).TotalMilliseconds)), cancel));
            cancel.ThrowIfCancellationRequested();
            if (!_receiving.IsCompleted) continue;
            if (_receiving.IsCompletedSuccessfully) Take(clock.GetMoment(), _receiving.Result);
            _receiving = null; // a failure is an unreachable place that was told of
        }
    }

    private void Take(Moment now, SocketReceiveFromResult came)
    {
        var datagram = _in.AsMemory(0, came.ReceivedBytes);
        var from = HostPort.From((IPEndPoint)came.RemoteEndPoint);
        if (StunMessage.IsLike(datagram.Span)) _prover.Receive(now, from, datagram.Span);
        else if (from == (Source ?? _prover.Server)) Payload?.Invoke(datagram.ToArray());
    }

    private async Task SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancel)
    {
        try
        {
            await _socket.SendToAsync(datagram, SocketFlags.None, _prover.Server.ToEndPoint(), cancel);
        }
        catch (SocketException)
        {
            // no route: silence, which is what it is
        }
    }
}
