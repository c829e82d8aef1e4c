using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hawser.Net;

/// <summary>What <c>config.json</c> in the home says; every field may be left out.</summary>
internal sealed record Config
{
    /// <summary>A fixed UDP port; otherwise one is drawn once and kept in the store.</summary>
    public ushort? UdpPort { get; init; }

    /// <summary>Where received files go; otherwise <c>inbox</c> in the home.</summary>
    public string? Inbox { get; init; }

    /// <summary>URL of a ledger node's RPC, with what opens it: as <c>up --chain</c>, but not for everybody's eyes.</summary>
    public string? Chain { get; init; }

    /// <summary>URL of the RPC of a wallet that pays; otherwise this node has coins of its own.</summary>
    public string? ChainWallet { get; init; }


    /// <summary>Reads the file of a home; an absent one says nothing.</summary>
    public static Config Read(Home home)
    {
        try
        {
            if (!File.Exists(home.ConfigFile)) return new();
            using var file = File.OpenRead(home.ConfigFile);
            return JsonSerializer.Deserialize(file, ConfigJson.Default.Config) ?? new();
        }
        catch (JsonException e)
        {
            throw new HawserException(Reason.LocalTrouble,
                $"{home.ConfigFile} cannot be understood near line {(e.LineNumber ?? 0) + 1}", "correct or delete it", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{home.ConfigFile} cannot be read", "give it to this user", e);
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(Config))]
internal sealed partial class ConfigJson : JsonSerializerContext;
