using Hawser.Net;
using Hawser.Net.Proving;
using Hawser.Net.Sockets;
using Hawser.Proof;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Hub;

/// <summary>How a hub's home is to be run.</summary>
internal sealed record HubOptions
{
    public required Home Home { get; init; }

    /// <summary>Without it only the store and the control socket are opened: enough for <c>hub init</c> and <c>hub card</c>.</summary>
    public bool Online { get; init; } = true;

    /// <summary>Whether to keep lines, introduce and relay: the UDP side. Without it the hub is an admin only.</summary>
    public bool Lines { get; init; } = true;

    /// <summary>Where to answer STUN: null for the address of the lines, with the ports of the standard if they are free.</summary>
    public StunListen? Stun { get; init; }

    /// <summary>Whether to answer STUN at all.</summary>
    public bool AnswersStun { get; init; } = true;

    /// <summary>What to be: all, or some of it alone.</summary>
    public HubRoles Roles { get; init; } = HubRoles.All;

    /// <summary>Whether to keep every leaf of every log, or of other admins' logs what is in force and what came lately.</summary>
    public bool KeepsAll { get; init; } = true;

    /// <summary>Proxies whose word on who asks is taken.</summary>
    public TrustedProxies Proxies { get; init; } = TrustedProxies.None;

    /// <summary>Notaries to believe beside the federation's own.</summary>
    public IReadOnlyList<KnownNotary> Notaries { get; init; } = [];

    /// <summary>How many operators of notaries must say the same; null: one more than may be hostile.</summary>
    public int? NotariesNeeded { get; init; }

    /// <summary>Web servers to let requests be reflected by; none, and that way is not served.</summary>
    public IReadOnlyList<Reflector> Reflectors { get; init; } = [];

    /// <summary>Whether to deliver whole packets with a foreign source to who consented to just those.</summary>
    public bool AllowsRaw { get; init; }

    /// <summary>Where packets with a foreign source leave; opened when that is asked for.</summary>
    public Func<IRawPort> OpenRaw { get; init; } = static () => new RawPort();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILogger Log { get; init; } = NullLogger.Instance;
}

/// <summary>What a hub is made of. Only those without a federation can stand alone.</summary>
[Flags]
internal enum HubRoles
{
    None = 0,

    /// <summary>Takes part in the federation, keeps lines, relays, proves.</summary>
    Admin = 1,
    Stun = 2,
    Notary = 4,
    All = Admin | Stun | Notary,
}
