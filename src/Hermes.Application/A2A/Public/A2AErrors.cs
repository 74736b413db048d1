using System.Text.Json;

namespace Hermes.Application.A2A.Public;

/// <summary>An error as the protocol has it.</summary>
/// <param name="Code">JSON-RPC code.</param>
/// <param name="Reason">Of <c>google.rpc.ErrorInfo</c>: <c>TASK_NOT_FOUND</c>.</param>
/// <param name="HttpStatus">Status of the REST binding.</param>
/// <param name="Status">Name of the gRPC status, as REST carries it: <c>NOT_FOUND</c>.</param>
/// <param name="Message">One sentence.</param>
public sealed record A2AError(int Code, string Reason, int HttpStatus, string Status, string Message)
{
    /// <summary>Domain of <c>google.rpc.ErrorInfo</c>.</summary>
    public const string Domain = "a2a-protocol.org";

    /// <summary>Type of <c>google.rpc.ErrorInfo</c> in JSON.</summary>
    public const string InfoType = "type.googleapis.com/google.rpc.ErrorInfo";

    /// <summary>Further facts by name; null for none. Never a secret.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The same with another sentence.</summary>
    public A2AError Because(string message) => this with { Message = message };
}

/// <summary>All errors of the protocol.</summary>
public static class A2AErrors
{
    /// <summary>No such task for this caller.</summary>
    public static readonly A2AError TaskNotFound = new(-32001, "TASK_NOT_FOUND", 404, "NOT_FOUND", "There is no such task.");

    /// <summary>The task is over.</summary>
    public static readonly A2AError TaskNotCancelable = new(-32002, "TASK_NOT_CANCELABLE", 400, "FAILED_PRECONDITION", "The task can't be canceled any more.");

    /// <summary>The agent doesn't push.</summary>
    public static readonly A2AError PushNotificationNotSupported = new(-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED", 400, "FAILED_PRECONDITION", "This agent doesn't push notifications.");

    /// <summary>The agent or the task's state doesn't allow it.</summary>
    public static readonly A2AError UnsupportedOperation = new(-32004, "UNSUPPORTED_OPERATION", 400, "FAILED_PRECONDITION", "This operation is not supported here.");

    /// <summary>A MIME type that the agent doesn't take or make.</summary>
    public static readonly A2AError ContentTypeNotSupported = new(-32005, "CONTENT_TYPE_NOT_SUPPORTED", 400, "INVALID_ARGUMENT", "The agent doesn't take this type of content.");

    /// <summary>The agent answered what the specification doesn't allow.</summary>
    public static readonly A2AError InvalidAgentResponse = new(-32006, "INVALID_AGENT_RESPONSE", 500, "INTERNAL", "The agent's answer can't be understood.");

    /// <summary>There is no extended card.</summary>
    public static readonly A2AError ExtendedAgentCardNotConfigured = new(-32007, "EXTENDED_AGENT_CARD_NOT_CONFIGURED", 400, "FAILED_PRECONDITION", "This agent has no extended card.");

    /// <summary>The caller must use an extension.</summary>
    public static readonly A2AError ExtensionSupportRequired = new(-32008, "EXTENSION_SUPPORT_REQUIRED", 400, "FAILED_PRECONDITION", "This agent needs an extension that the request doesn't name.");

    /// <summary>Another version of the protocol.</summary>
    public static readonly A2AError VersionNotSupported = new(-32009, "VERSION_NOT_SUPPORTED", 400, "FAILED_PRECONDITION", "This version of the protocol is not supported; send 'A2A-Version: 1.0'.");

    /// <summary>Not JSON.</summary>
    public static readonly A2AError ParseError = new(-32700, "PARSE_ERROR", 400, "INVALID_ARGUMENT", "The body is not JSON.");

    /// <summary>JSON that is no request.</summary>
    public static readonly A2AError InvalidRequest = new(-32600, "INVALID_REQUEST", 400, "INVALID_ARGUMENT", "The body is not a JSON-RPC 2.0 request.");

    /// <summary>No such method.</summary>
    public static readonly A2AError MethodNotFound = new(-32601, "METHOD_NOT_FOUND", 404, "NOT_FOUND", "There is no such method.");

    /// <summary>Wrong parameters.</summary>
    public static readonly A2AError InvalidParams = new(-32602, "INVALID_PARAMS", 400, "INVALID_ARGUMENT", "The parameters are not valid.");

    /// <summary>The agent's own fault.</summary>
    public static readonly A2AError Internal = new(-32603, "INTERNAL_ERROR", 500, "INTERNAL", "Something went wrong.");

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<A2AError> All =
    [
        TaskNotFound, TaskNotCancelable, PushNotificationNotSupported, UnsupportedOperation, ContentTypeNotSupported, InvalidAgentResponse,
        ExtendedAgentCardNotConfigured, ExtensionSupportRequired, VersionNotSupported, ParseError, InvalidRequest, MethodNotFound, InvalidParams, Internal,
    ];

    /// <summary>The error of a JSON-RPC code; null for one that the protocol doesn't know.</summary>
    public static A2AError? ByCode(int code) => All.FirstOrDefault(e => e.Code == code);

    /// <summary>The error of a reason; null for one that the protocol doesn't know.</summary>
    public static A2AError? ByReason(string? reason) => All.FirstOrDefault(e => e.Reason == reason);
}

/// <summary>Why a call of another agent failed.</summary>
public enum A2AFailure
{
    /// <summary>The agent answered with an error of the protocol: <see cref="A2ACallException.Error"/>.</summary>
    Refused,
    /// <summary>No connection, or it broke.</summary>
    Unreachable,
    /// <summary>The address may not be called: private, loopback, without TLS …</summary>
    Blocked,
    /// <summary>Not in time.</summary>
    TimedOut,
    /// <summary>More bytes or events than allowed.</summary>
    TooLarge,
    /// <summary>Not what the specification says: no JSON, wrong members, wrong ids.</summary>
    InvalidAnswer,
    /// <summary>401 or 403: the agent wants credentials, or others.</summary>
    Unauthorized,
    /// <summary>429 or 503: the agent is busy.</summary>
    Overloaded,
    /// <summary>Another HTTP status that is no success.</summary>
    HttpError,
}

/// <summary>A call of another agent failed.</summary>
/// <param name="failure">Why.</param>
/// <param name="message">One sentence without secrets.</param>
/// <param name="inner">What caused it; null for nothing.</param>
public sealed class A2ACallException(A2AFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public A2AFailure Failure { get; } = failure;

    /// <summary>What the agent said; null unless <see cref="A2AFailure.Refused"/>.</summary>
    public A2AError? Error { get; init; }

    /// <summary>True when the request certainly never reached the agent, so that sending it again can't do anything twice.</summary>
    public bool NeverSent { get; init; }

    /// <summary>HTTP status; null when there was no answer.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>How long the agent asks to wait; null when it doesn't.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Throw to answer a request with an error of the protocol.</summary>
/// <param name="error">Which.</param>
public sealed class A2AException(A2AError error) : Exception(error.Message)
{
    /// <summary>Which.</summary>
    public A2AError Error { get; } = error;
}

/// <summary>A JSON-RPC request as it is received.</summary>
/// <param name="Method">One of <see cref="A2AMethods"/> or unknown.</param>
/// <param name="Params">Undefined when there are none.</param>
/// <param name="Id">A string, a number or null; echoed as it is.</param>
public sealed record JsonRpcRequest(string Method, JsonElement Params, JsonElement? Id);
