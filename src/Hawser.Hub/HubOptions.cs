using Hawser.Net;
using Hawser.Net.Proving;
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

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILogger Log { get; init; } = NullLogger.Instance;
}
