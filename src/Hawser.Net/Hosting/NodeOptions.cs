using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Net.Hosting;

/// <summary>How a home is to be run.</summary>
internal sealed record NodeOptions
{
    public required Home Home { get; init; }

    /// <summary>Without it only the store and the control socket are opened: enough for verbs about contacts and exposures.</summary>
    public bool Online { get; init; } = true;

    /// <summary>A UDP port that was named on the command line; 0 leaves it to the configuration and the store.</summary>
    public ushort UdpPort { get; init; }

    /// <summary>Where received files go; null leaves it to the configuration.</summary>
    public string? Inbox { get; init; }

    /// <summary>Puts a link simulator before the socket, so that <c>datagrams</c> can lose some.</summary>
    public bool SimulateLink { get; init; }

    /// <summary>The ledger that was named on the command line; null leaves it to the configuration.</summary>
    public LedgerOptions? Ledger { get; init; }

    public ILogger Log { get; init; } = NullLogger.Instance;
}
