using System.Net.Sockets;
using Hawser.Hub.Store;
using Hawser.Net;
using Hawser.Net.Proving;

namespace Hawser.Hub;

/// <summary>The hub's STUN server.</summary>
internal sealed partial class HubHost
{
    /// <summary>Null while it does not run.</summary>
    public StunHost? Stun { get; private set; }

    /// <summary>Null while the hub is no admin, whose word would count.</summary>
    public ProvingDesk? Prover { get; private set; }

    // What was asked for must work; what is there by default may be another hub's on the same machine.
    private void OpenStun(HubIdentity identity)
    {
        if (!Options.AnswersStun || !Options.Roles.HasFlag(HubRoles.Stun)) return;
        var listen = Options.Stun ?? new(identity.UdpListen with { Port = StunListen.DefaultPort }, StunListen.DefaultOtherPort, null);
        try
        {
            Stun = new(listen, Options.Clock, Options.Log, proof: Prover?.Listening, gate: Prover?.Gate);
            Prover?.SendBy(Stun, identity.At);
            Options.Log.StunListening(Stun.Local.Port, Stun.CanDiscover ? ", and how they are filtered" : "; how they are filtered would take a second address: --stun ADDR --stun ADDR");
        }
        catch (SocketException e)
        {
            if (Options.Stun is not null)
                throw new HawserException(Reason.PortBusy, $"STUN cannot listen on {listen.First}" + (listen.OtherAddress is { } other ? $" and {other}" : ""),
                    "stop what listens there, or choose another place: hawser hub up --stun ADDR:PORT", e);
            Options.Log.StunBusy(listen.First.Port);
        }
    }
}
