using System.Threading.Channels;
using Hawser.Net.Hosting;
using Hawser.Net.Pump;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net.Proving;

/// <summary>Method 1 on the very port of a running node: so its peers can be shown where they will find it.</summary>
internal static class OwnAddress
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A certificate of that address by the first hub that gives one; null if none does, as behind a NAT that maps each destination otherwise.</summary>
    public static async Task<AddressCertificate?> ProveAsync(NodeHost host, HostPort own, Token16 audience, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        foreach (var hub in host.Store.Hubs())
        {
            try
            {
                var place = await ProvingPlace.FindAsync(hub.Name, host.Store, null, host.Http, patience.Token);
                var wish = new ProvingWish { Place = place, Key = host.Store.ClaimKey(SystemEntropy.Shared), Audience = audience };
                if (place.Stun is { } server && await RunAsync(host.Online, new(wish, host.Http, _ => { }), server, own, patience.Token) is { } certificate) return certificate;
            }
            catch (HawserException e)
            {
                host.Log.AddressNotProved(e);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return null;
            }
        }

        return null;
    }

    private static async Task<AddressCertificate?> RunAsync(NodeRuntime runtime, ProvingSession session, HostPort server, HostPort own, CancellationToken cancel)
    {
        var clock = TimeProvider.System;
        var prover = new ListeningProver(clock.GetMoment(), SystemEntropy.Shared, server, StunPatience.Short);
        var came = Channel.CreateBounded<(HostPort From, byte[] Datagram)>(64);
        void Take(HostPort from, byte[] datagram) => came.Writer.TryWrite((from, datagram));
        runtime.StunCame += Take;
        try
        {
            runtime.Tell(true, static (machine, _, hears) => machine.HearsStun = hears);
            await GoAsync(static at => at is ListeningProver.State.Shown or ListeningProver.State.Silent);
            if (prover.Now is not ListeningProver.State.Shown || prover.Mapped != own) return null;
            var (request, _) = await session.AskAsync(new(own, AddressTransport.Udp), AddressMethod.ListeningSocket, default, cancel);
            await GoAsync(static at => at is ListeningProver.State.Challenged);
            return await session.AnswerAsync(request, prover.Challenge, default, cancel);
        }
        finally
        {
            runtime.StunCame -= Take;
            runtime.Tell(false, static (machine, _, hears) => machine.HearsStun = hears);
        }

        async Task GoAsync(Func<ListeningProver.State, bool> isThere)
        {
            var buffer = new byte[StunMessage.MaxSize];
            while (!isThere(prover.Now))
            {
                var now = clock.GetMoment();
                prover.Tick(now);
                while (prover.TryTransmit(now, buffer, out var length)) runtime.Tell((server, buffer[..length]), static (machine, _, ask) => machine.AskStun(ask.server, ask.Item2));
                if (isThere(prover.Now)) return;
                using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                if (prover.NextWakeup != Instant.Never) soon.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((prover.NextWakeup - now.Mono).TotalMilliseconds))));
                try
                {
                    var (from, datagram) = await came.Reader.ReadAsync(soon.Token);
                    prover.Receive(clock.GetMoment(), from, datagram);
                }
                catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                {
                    // its own time has come
                }
            }
        }
    }
}
