using System.Net;
using System.Net.Sockets;
using Hawser.Net.Pump;
using Hawser.Net.Sockets;
using Hawser.Proof;

namespace Hawser.Net.Proving;

/// <summary>
/// Method 2: the hub puts a request into each of two connections of ours, and two web servers say back what was in them.
/// It proves one port of TCP, and needs to see packets below this machine's own TCP.
/// </summary>
internal sealed class ReflectionMethod : IProvingMethod
{
    private const int MaxPacket = 65_536;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    public string Name => "reflection";

    public AddressMethod Method => AddressMethod.RequestReflection;

    public bool IsUnattended => false;

    public string ListPath => ReflectorList.Path;

    public async Task<AddressCertificate> ProveAsync(ProvingSession session, CancellationToken cancel)
    {
        var (one, two) = await ChooseAsync(session, cancel).ConfigureAwait(false);
        using var raw = new RawPort();
        using var tap = new TcpTap(session.Wish.From ?? OwnAddressTowards(one.At), session.Wish.Port);
        return await ProveAsync(session, raw, tap, one, two, cancel).ConfigureAwait(false);
    }

    /// <summary>The same, on a wire of the caller's.</summary>
    public async Task<AddressCertificate> ProveAsync(ProvingSession session, IRawPort raw, ITcpTap tap, Reflector one, Reflector two, CancellationToken cancel)
    {
        session.Say($"connecting to the web servers {one.Host} and {two.Host} from port {tap.Local.Port}");
        var now = Now();
        var first = new ReflectionClient(now, SystemEntropy.Shared, tap.Local, one, asks: true);
        var second = new ReflectionClient(now, SystemEntropy.Shared, tap.Local, two, asks: true);
        await RunAsync(raw, tap, ReflectionState.Ready, first, second, cancel).ConfigureAwait(false);
        if (first.Leaked.Client != second.Leaked.Client)
            throw new HawserException(Reason.Unreachable, $"{one.Host} sees this machine as {first.Leaked.Client}, {two.Host} as {second.Leaked.Client}",
                "this network gives every connection an outside port of its own, and there is none to prove: --method notary proves the host");
        session.Say($"telling the hub of both connections of {first.Leaked.Client}");
        var leaked = new LeakedConnections(first.Leaked, second.Leaked);
        var (request, _) = await session.AskAsync(new(first.Leaked.Client, AddressTransport.Tcp), Method, leaked.Write(), cancel).ConfigureAwait(false);
        await RunAsync(raw, tap, ReflectionState.Found, first, second, cancel).ConfigureAwait(false);
        if (!ReflectionToken.TryJoin(first.Token, second.Token, out var challenge))
            throw new HawserException(Reason.Failed, "what came back makes no challenge", "try again");
        session.Say("answering it");
        return await session.AnswerAsync(request, challenge, default, cancel).ConfigureAwait(false);
    }

    private async Task<(Reflector One, Reflector Two)> ChooseAsync(ProvingSession session, CancellationToken cancel)
    {
        var text = await session.ListAsync(ListPath, cancel).ConfigureAwait(false);
        if (text is null || !ReflectorList.TryRead(text, out var list) || list.Reflectors.Count == 0)
            throw new HawserException(Reason.Refused, $"the hub {session.Place.Name} names no reflectors", "another method may do: hawser sp3 prove --method listening");
        var usable = list.Reflectors.Where(reflector => reflector.At.IsIPv4).ToList();
        foreach (var one in usable)
            if (usable.Find(other => other.Operator != one.Operator) is { } two) return (one, two);
        throw new HawserException(Reason.Refused, $"the hub {session.Place.Name} names no two reflectors of different operators", "another method may do: hawser sp3 prove --method listening");
    }

    // Feeds what arrives, sends what is made, until both are that far.
    private static async Task RunAsync(IRawPort raw, ITcpTap tap, ReflectionState wanted, ReflectionClient first, ReflectionClient second, CancellationToken cancel)
    {
        var buffer = new byte[MaxPacket];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        Task<int>? receiving = null;
        try
        {
            while (true)
            {
                foreach (var client in (ReadOnlySpan<ReflectionClient>)[first, second])
                {
                    client.Tick(Now());
                    while (client.TryTransmit(out var packet)) raw.TrySend(packet);
                    if (client.State is ReflectionState.Failed) throw Failed(client);
                }

                if (first.State >= wanted && second.State >= wanted) return;
                receiving ??= tap.ReceiveAsync(buffer, patience.Token).AsTask();
                var pause = Instant.Earlier(first.NextWakeup, second.NextWakeup) is { } wakeup && wakeup != Instant.Never ? wakeup - Now().Mono : Patience;
                if (await Task.WhenAny(receiving, Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, patience.Token)).ConfigureAwait(false) != receiving)
                {
                    patience.Token.ThrowIfCancellationRequested();
                    continue;
                }

                var length = await receiving.ConfigureAwait(false);
                receiving = null;
                first.Receive(Now(), buffer.AsSpan(0, length));
                second.Receive(Now(), buffer.AsSpan(0, length));
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new HawserException(Reason.Unreachable, wanted is ReflectionState.Ready ? "the reflectors do not answer" : "no reflector said back what the hub was to put in",
                wanted is ReflectionState.Ready ? "does this network let TCP through to them?"
                    : "the hub's network may drop packets with a foreign source, or this one tracks connections too closely: --method listening, or notary");
        }
        finally
        {
            await patience.CancelAsync().ConfigureAwait(false);
            if (receiving is not null) await receiving.ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private static HawserException Failed(ReflectionClient client) =>
        new(Reason.Unreachable, $"the reflector {client.Reflector.Host} {client.Trouble}", "try again, or another method: hawser sp3 prove --method listening");

    private static Moment Now() => TimeProvider.System.GetMoment();

    private static IPAddress OwnAddressTowards(HostPort place)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(place.ToEndPoint()); // sends nothing
        }
        catch (SocketException e)
        {
            throw new HawserException(Reason.Unreachable, $"there is no way from here to {place}", "is the network up?", e);
        }

        return ((IPEndPoint)socket.LocalEndPoint!).Address;
    }
}
