using System.Collections.Concurrent;
using Hawser.Net.Pump;
using Hawser.Proof;
using Hawser.Wire;
using Microsoft.AspNetCore.Http;

namespace Hawser.Hub;

/// <summary>
/// The lines of senders, and of destinations that keep one, at <c>/sp3</c>: JSON for what is said, binary frames for
/// what is to be delivered. Spec: sp3.md §5.
/// </summary>
internal sealed class SenderLines : IAsyncDisposable
{
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30); // sp3.md §6: until something is said

    private readonly ProvingDesk _desk;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<LineId, SenderLine> _lines = new();
    private readonly ConcurrentDictionary<Token16, SenderLine> _sessions = new();
    private readonly LineRoom _room = new();
    private readonly List<LineId> _ended = [];
    private long _number, _passed, _dropped, _foreignOrigin;

    public SenderLines(ProvingDesk desk, TimeProvider clock)
    {
        (_desk, _clock) = (desk, clock);
        _timer = clock.CreateTimer(_ => Beat(), null, Pulse, Pulse);
    }

    public IEnumerable<(string Name, long Count)> Counts()
    {
        lock (_desk.Gate)
            return [("sp3_lines", _lines.Count), ("sp3_leases", _desk.Senders?.Leases ?? 0), ("sp3_held", _desk.Senders?.Held ?? 0),
                ("sp3_passed", Interlocked.Read(ref _passed)), ("sp3_dropped", Interlocked.Read(ref _dropped)), ("sp3_foreign_origin", Interlocked.Read(ref _foreignOrigin))];
    }

    /// <summary>A request at the path: taken if it is a WebSocket, of a program or of a page of this very hub, and if its host may go on trying.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        // A page of somebody else's, in a browser that happens to be there, speaks for nobody.
        if (context.Request.Headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(origin, context.Request.Host.ToString()))
        {
            Interlocked.Increment(ref _foreignOrigin);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        // Here a host is proved by where it comes from: so nobody's word on that is taken but that of a proxy which the admin has named.
        var peer = HostPort.From(new(context.Connection.RemoteIpAddress ?? System.Net.IPAddress.IPv6None, context.Connection.RemotePort));
        if (_desk.Proxies.ClientOf(peer, [.. context.Request.Headers["X-Forwarded-For"]]) is not { } remote)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var id = new LineId((ulong)Interlocked.Increment(ref _number));
        var session = default(Token16);
        bool may;
        lock (_desk.Gate)
        {
            may = _room.TryEnter(remote);
            if (may && _desk.Senders?.TryOpen(_clock.GetMoment(), id, remote, out session) is false)
            {
                _room.Leave(remote);
                may = false;
            }
        }

        if (!may)
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        try
        {
            await RunAsync(context, id, session, remote).ConfigureAwait(false);
        }
        finally
        {
            lock (_desk.Gate)
            {
                _desk.Senders?.Closed(id);
                _room.Leave(remote);
            }
        }
    }

    private async Task RunAsync(HttpContext context, LineId id, Token16 session, HostPort remote)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false); // throws if it has gone by now
        var line = new SenderLine(id, session, remote, socket) { Until = _clock.GetMoment().Mono + Silence };
        _lines[id] = line;
        if (session != default) _sessions[session] = line;
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, context.RequestAborted);
            await line.RunAsync(frame => TakeText(line, frame), frame => TakePacket(line, frame), stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _sessions.TryRemove(session, out _);
            _lines.TryRemove(id, out _);
            lock (_desk.Gate) Withdraw(line);
            CloseEnded();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (var line in _lines.Values) line.Abort();
    }

    private static bool IsOwn(string origin, string host) => Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.IsDefaultPort ? uri.Host : uri.Authority, host, StringComparison.OrdinalIgnoreCase);

    private void TakeText(SenderLine line, ReadOnlySpan<byte> frame)
    {
        if (!SenderMessage.TryRead(frame, out var message))
        {
            line.End(SenderStatus.Invalid);
            return;
        }

        lock (_desk.Gate)
        {
            var now = _clock.GetMoment();
            switch (message)
            {
                case SenderMessage.Hello hello:
                    var status = Greet(now, line, hello);
                    if (status is SenderStatus.Okay) line.Say(new SenderMessage.Server(status) { Session = line.Session });
                    else line.End(status);
                    break;
                case SenderMessage.Authorization given:
                    status = Authorize(now, line, given);
                    if (status is SenderStatus.Okay) line.Say(new SenderMessage.Server(status));
                    else line.End(status);
                    break;
                case SenderMessage.Consent { Ttl: 0 }:
                    Withdraw(line);
                    line.Say(new SenderMessage.Server(SenderStatus.Okay) { Observed = line.Remote });
                    line.Until = now.Mono + Silence;
                    break;
                case SenderMessage.Consent consent:
                    // Wherever he is seen, and no port of it: for method 0.
                    if (consent.Client.Address == 0)
                    {
                        line.Until = now.Mono + TimeSpan.FromSeconds(consent.Ttl);
                        _desk.Direct.Consent(line.Id, line.Remote);
                        line.Say(new SenderMessage.Server(SenderStatus.Okay) { Observed = line.Remote });
                        break;
                    }

                    // Who says that he is at another host than he comes from has nothing to say for it.
                    if (consent.Client.Address != line.Remote.Address)
                    {
                        line.Say(new SenderMessage.Server(SenderStatus.Unauthorized) { Observed = line.Remote });
                        line.End(null);
                        break;
                    }

                    line.Destination = new(consent.Client, AddressTransport.Udp);
                    line.Until = now.Mono + TimeSpan.FromSeconds(consent.Ttl);
                    _desk.Direct.Consent(line.Id, line.Remote);
                    line.Say(new SenderMessage.Server(SenderStatus.Okay) { Observed = line.Remote });
                    break;
                case SenderMessage.Token token: Pass(now, line, token); break;
                case SenderMessage.Server: line.End(SenderStatus.Invalid); break;
            }

            Tell();
        }

        CloseEnded();
    }

    private SenderStatus Greet(Moment now, SenderLine line, SenderMessage.Hello hello)
    {
        if (hello.Method > (int)AddressMethod.WebNotary || _desk.Senders is not { } senders) return SenderStatus.Unsupported;
        var method = (AddressMethod)hello.Method;
        if (AddressCertificate.LevelOf(method) is not AddressLevel.Port) return senders.Hello(now, line.Id, new(new(hello.Destination, 1), AddressTransport.Udp), method);
        HostPort client;
        if (method is AddressMethod.RequestReflection)
        {
            if (!LeakedConnections.TryRead(hello.Options, out var leaked)) return SenderStatus.Invalid;
            client = leaked.First.Client;
        }
        else if (!JsonFields.TryRead(hello.Options, out var fields) || !fields.TryPlace("Client", out client))
        {
            return SenderStatus.Invalid;
        }

        if (client.Address != hello.Destination) return SenderStatus.Unauthorized; // what is proved is what is authorised
        if (method is AddressMethod.ListeningSocket)
        {
            if (!ListeningOptions.TryRead(hello.Options, out var options)) return SenderStatus.Invalid;
            if (options.Source is { } source && source != _desk.Stun) return SenderStatus.Unauthorized; // a source that is on no list of this hub's
            line.Asked = new(client, AddressTransport.Udp);
            return senders.Hello(now, line.Id, line.Asked, method, default, hello.Source);
        }

        line.Asked = new(client, AddressTransport.Tcp);
        return senders.Hello(now, line.Id, line.Asked, method, hello.Options, hello.Source);
    }

    private SenderStatus Authorize(Moment now, SenderLine line, SenderMessage.Authorization given)
    {
        if (_desk.Senders is not { } senders) return SenderStatus.Unsupported;
        // Another address than that of the hello, or no token at all: as wrong as a wrong token.
        var same = given.Destination == line.Asked.At.Address;
        _ = SenderMessage.TryReadToken(given.Challenge, out var token);
        return senders.Authorize(now, line.Id, same ? line.Asked : default, token);
    }

    private void Pass(Moment now, SenderLine line, SenderMessage.Token token)
    {
        if (line.Destination is { } destination && _sessions.TryGetValue(token.Session, out var sender)
            && _desk.Senders is { } senders && senders.IsRight(now, sender.Id, destination, token.Challenge))
        {
            Interlocked.Increment(ref _passed);
            sender.Say(new SenderMessage.Server(SenderStatus.Okay) { Challenge = SenderMessage.Text(token.Challenge) });
        }
        else
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    private void TakePacket(SenderLine line, ReadOnlySpan<byte> payload)
    {
        lock (_desk.Gate)
        {
            if (_desk.Senders?.StateOf(line.Id) is not SenderState.Leased) line.End(SenderStatus.Invalid);
            else if (_desk.Senders.IsRaw(line.Id))
            {
                if (_desk.Senders.TryDeliverRaw(_clock.GetMoment(), line.Id, payload)) _desk.Raw?.TrySend(payload);
            }
            else if (_desk.Senders.TryDeliver(_clock.GetMoment(), line.Id, payload, out var to)) _desk.Deliver(payload, to);
        }
    }

    // Consent goes with who gave it.
    private void Withdraw(SenderLine line)
    {
        _desk.Direct.Withdraw(line.Remote);
        if (line.Destination is not { } destination) return;
        line.Destination = null;
        if (_lines.Values.All(other => other.Destination != destination)) _desk.Senders?.Revoke(destination, _ended);
    }

    private void Beat()
    {
        lock (_desk.Gate)
        {
            var now = _clock.GetMoment();
            _desk.Senders?.Tick(now, _ended);
            foreach (var line in _lines.Values)
            {
                if (line.Until > now.Mono || line.Asked != default) continue;
                Withdraw(line);
                line.End(SenderStatus.Unauthorized);
            }

            Tell();
        }

        CloseEnded();
    }

    // What the desks have to say, to the network and to lines; under the lock.
    private void Tell()
    {
        _desk.Flush();
        while (_desk.Senders is { } senders && senders.TryTakeNotice(out var notice))
        {
            foreach (var line in _lines.Values.Where(line => line.Destination == notice.Destination))
                line.Say(new SenderMessage.Server(SenderStatus.Okay) { Session = notice.Session, Digest = notice.Digest });
        }

        TellDirect();
    }

    /// <summary>Hands challenges of method 0 to their lines; under the lock.</summary>
    public void TellDirect()
    {
        while (_desk.Direct.TryTransmit(out var id, out var challenge))
            if (_lines.TryGetValue(id, out var line)) line.Say(new SenderMessage.Server(SenderStatus.Okay) { Challenge = SenderMessage.Text(challenge) });
    }

    private void CloseEnded()
    {
        LineId[] ended;
        lock (_desk.Gate)
        {
            ended = [.. _ended];
            _ended.Clear();
        }

        foreach (var id in ended)
            if (_lines.TryGetValue(id, out var line)) line.End(SenderStatus.Unauthorized);
    }
}
