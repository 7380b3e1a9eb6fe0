// Leaflet as a global, since our own scripts are plain files beside it.
import * as Leaflet from "leaflet";
import "leaflet/dist/leaflet.css";

window.L = Leaflet;
